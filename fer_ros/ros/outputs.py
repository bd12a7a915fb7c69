"""The publishers of the perception node."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hri_msgs.msg import Expression as ExpressionMsg
from rclpy.lifecycle import LifecycleNode
from vision_msgs.msg import Classification

from fer_ros.live import LiveResult
from fer_ros.pace import Pace
from fer_ros.people import Person
from fer_ros.ros import encode, qos
from fer_ros.ros.faces import FacePublishers
from fer_ros.types import FACE, NS_PER_S, VOICE, Modality

_STUCK = 3.0
"""How many times absent_after a result may be behind the input."""


class Outputs:
    """Publishes each result of the worker, and the person in focus at a steady mean rate."""

    def __init__(
        self,
        node: LifecycleNode,
        ros4hri: bool,
        publish_rate: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``publish_rate`` in Hz is that of emotion.

        ``clock`` in seconds is the one by which the worker tells when inputs arrived.
        """
        create = node.create_lifecycle_publisher
        self._emotion = create(ExpressionMsg, 'emotion', qos.EMOTION)
        self._scores = create(Classification, 'emotion/scores', qos.EMOTION)
        self._weights = create(Classification, 'emotion/weights', qos.EMOTION)
        self._alone = {
            name: create(ExpressionMsg, f'emotion/{name}', qos.EMOTION) for name in (FACE, VOICE)
        }
        self._faces = FacePublishers(node) if ros4hri else None
        self._clock = clock
        self._pace = Pace(1.0 / publish_rate, clock())
        self._lock = threading.Lock()
        self._latest: LiveResult | None = None
        self._frame_id = ''

    def clear(self) -> None:
        """Forget the last result and its faces, as when the node is deactivated."""
        with self._lock:
            self._latest = None
        if self._faces:
            self._faces.clear()

    def result(self, live: LiveResult, newest_arrival_s: float, absent_after_s: float) -> None:
        """Publish what each modality says and the faces; and emotion, where that is due."""
        result = live.result
        with self._lock:
            self._latest = live
            if result.frame:
                self._frame_id = result.frame.frame_id
        now_s = self._clock()
        if self._pace.take(now_s):
            self._publish_focus(now_s, newest_arrival_s, absent_after_s)
        for person in result.people:
            self._publish_alone(person, person is result.focus)
        if self._faces and result.frame:
            self._faces.publish(result.frame, result.people)
        elif self._faces:
            self._faces.clear(result.stamp_ns - round(absent_after_s * NS_PER_S))

    def heartbeat(self, newest_arrival_s: float, absent_after_s: float) -> float:
        """Publish emotion again where no result was in time; in how many seconds to ask again."""
        now_s = self._clock()
        if self._pace.take_late(now_s):
            self._publish_focus(now_s, newest_arrival_s, absent_after_s)
        return self._pace.wait_s(now_s)

    def _publish_focus(self, now_s: float, newest_arrival_s: float, absent_after_s: float) -> None:
        """The person in focus, or nobody when no input arrived for so long.

        A machine that cannot keep up has results older than its input; they count, up to a
        limit from which the worker must be stuck.
        """
        with self._lock:
            latest, frame_id = self._latest, self._frame_id
        heard = now_s - newest_arrival_s <= absent_after_s
        if self._faces and not heard:
            self._faces.clear()
        stamp_ns = latest.result.stamp_ns if latest else 0
        estimate = None
        if heard and latest and now_s - latest.arrived_s <= _STUCK * absent_after_s:
            estimate = latest.result.focus.fused if latest.result.focus else None
        if estimate:
            stamp_ns = estimate.stamp_ns
        expression = estimate.expression if estimate else encode.nobody(stamp_ns)
        if self._scores.get_subscription_count():
            self._scores.publish(encode.scores_msg(estimate, stamp_ns, frame_id))
        if self._weights.get_subscription_count():
            self._weights.publish(encode.weights_msg(estimate, stamp_ns, frame_id))
        # last, so that who reacts to it mostly has the rest already
        self._emotion.publish(encode.expression_msg(expression, frame_id))

    def _publish_alone(self, person: Person, in_focus: bool) -> None:
        """What each modality says of the person in focus; and the voice, whoever speaks."""
        name: Modality
        for name, estimate in person.alone.items():
            publisher = self._alone.get(name) if in_focus or name == VOICE else None
            if publisher is not None and publisher.get_subscription_count():
                message = encode.expression_msg(estimate.expression, self._frame_id)
                publisher.publish(message)
