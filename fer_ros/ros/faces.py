"""The ROS4HRI topics: which faces are tracked, where each is, and how each seems to feel."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from hri_msgs.msg import Expression, IdsList, NormalizedRegionOfInterest2D
from rclpy.node import Node
from rclpy.publisher import Publisher

from fer_ros.people import Person
from fer_ros.ros import encode, qos
from fer_ros.types import Frame


class FacePublishers:
    """One pair of topics for each tracked face, there for as long as the face is.

    Safe to use from several threads.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tracked = node.create_publisher(IdsList, 'humans/faces/tracked', qos.LATCHED)
        self._of_face: dict[int, tuple[Publisher, Publisher]] = {}
        self._last = 0, ''
        """Stamp and frame_id of the last picture."""
        self._lock = threading.Lock()

    def publish(self, frame: Frame, people: Sequence[Person]) -> None:
        """The faces of one frame."""
        with self._lock:
            self._publish(frame, people)

    def clear(self, before_ns: int | None = None) -> None:
        """Remove all faces, or only those of a picture before a stamp; what is latched, too."""
        with self._lock:
            stamp_ns, frame_id = self._last
            if self._of_face and (before_ns is None or stamp_ns < before_ns):
                self._drop(set(self._of_face))
                self._tracked.publish(encode.ids_msg([], stamp_ns, frame_id))

    def _publish(self, frame: Frame, people: Sequence[Person]) -> None:
        seen = {
            person.face.track_id: person
            for person in people
            if person.face is not None and person.face.track_id is not None
        }
        self._drop(set(self._of_face) - set(seen))
        stamp_ns, frame_id = self._last = frame.stamp_ns, frame.frame_id
        self._tracked.publish(encode.ids_msg(sorted(seen), stamp_ns, frame_id))
        height, width = frame.image.shape[:2]
        for track_id, person in seen.items():
            assert person.face is not None
            roi, expression = self._publishers(track_id)
            if roi.get_subscription_count():
                roi.publish(encode.roi_msg(person.face, width, height, stamp_ns, frame_id))
            if expression.get_subscription_count():
                expression.publish(encode.expression_msg(person.fused.expression, frame_id))

    def _publishers(self, track_id: int) -> tuple[Publisher, Publisher]:
        if track_id not in self._of_face:
            prefix = f'humans/faces/{encode.face_id(track_id)}'
            create = self._node.create_publisher
            self._of_face[track_id] = (
                create(NormalizedRegionOfInterest2D, f'{prefix}/roi', qos.EMOTION),
                create(Expression, f'{prefix}/expression', qos.EMOTION),
            )
        return self._of_face[track_id]

    def _drop(self, track_ids: set[int]) -> None:
        for track_id in track_ids:
            for publisher in self._of_face.pop(track_id):
                self._node.destroy_publisher(publisher)
