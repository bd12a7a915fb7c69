"""Publishes the camera's picture with what the other nodes saw in it drawn over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from hri_msgs.msg import Expression as ExpressionMsg
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image
from vision_msgs.msg import Classification

from fer_ros import dds
from fer_ros.companion_config import OverlayConfig
from fer_ros.decode import decode_compressed_image, decode_image
from fer_ros.overlay import FaceView, Scene, draw
from fer_ros.overlay_focus import newest_of_both
from fer_ros.ros import process, qos
from fer_ros.ros.encode import expression_of, stamp_of
from fer_ros.ros.face_topics import Box, FaceTopics
from fer_ros.ros.image_messages import image_msg
from fer_ros.ros.overlay_numbers import numbers_of
from fer_ros.ros.params import Parameters
from fer_ros.ros.subscriptions import SensorSubscription
from fer_ros.types import FACE, NS_PER_S, VOICE, Expression, Frame


class OverlayNode(Node):
    """Publishes emotion/debug_image, stamped as the picture is."""

    def __init__(self) -> None:
        super().__init__('overlay')
        self._settings = Parameters(self, OverlayConfig)
        self._emotions: deque[Expression] = deque(maxlen=qos.EMOTION.depth)
        self._alone: dict[str, Expression] = {}
        self._scores: deque[Classification] = deque(maxlen=qos.EMOTION.depth)
        self._weights: deque[Classification] = deque(maxlen=qos.EMOTION.depth)
        self._numbers: list[str] = []
        self._debug_image = self.create_publisher(Image, 'emotion/debug_image', qos.IMAGE_OUT)
        self._faces = FaceTopics(self)
        self.create_subscription(ExpressionMsg, 'emotion', self._on_emotion, qos.EMOTION)
        self.create_subscription(Classification, 'emotion/scores', self._on_scores, qos.EMOTION)
        self.create_subscription(Classification, 'emotion/weights', self._on_weights, qos.EMOTION)
        for modality in (FACE, VOICE):
            hear = partial(self._on_modality, modality)
            self.create_subscription(ExpressionMsg, f'emotion/{modality}', hear, qos.EMOTION)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        self._image = self._subscribe_image(self._settings.config.image_transport)

    def _subscribe_image(self, transport: str) -> SensorSubscription:
        type_, topic, decode = Image, 'image', decode_image
        if transport == 'compressed':
            type_, topic, decode = CompressedImage, 'image/compressed', decode_compressed_image

        def show(message: Any) -> None:
            if not self._debug_image.get_subscription_count():
                return
            try:
                frame = decode(message)
            except ValueError as error:
                self.get_logger().warning(f'image: {error}', throttle_duration_sec=5.0)
                return
            self._show(frame)

        return SensorSubscription(self, type_, topic, show, qos.IMAGE_DEPTH)

    def _show(self, frame: Frame) -> None:
        picture = draw(frame.image, self._scene(frame.stamp_ns))
        self._debug_image.publish(image_msg(Frame(frame.stamp_ns, frame.frame_id, picture)))

    def _scene(self, now_ns: int) -> Scene:
        """What is known, and not too old, at the time of a picture."""
        stale_ns = self._settings.config.stale_after * NS_PER_S

        def fresh(expression: Expression | None) -> bool:
            return expression is not None and now_ns - expression.stamp_ns <= stale_ns

        emotion, focus = newest_of_both(filter(fresh, reversed(self._emotions)), self._faces.whose)

        def shares(messages: deque[Classification]) -> dict[str, float]:
            """Of the expression drawn, or of the last one before it, never of a later one."""
            for message in reversed(messages):
                stamp_ns = stamp_of(message.header)
                if emotion and now_ns - stale_ns <= stamp_ns <= emotion.stamp_ns:
                    return {result.class_id: result.score for result in message.results}
            return {}

        def view(name: str, box: Box, newest: Expression | None) -> FaceView:
            said = emotion if name == focus else newest
            return FaceView(name, box, said if fresh(said) else None, in_focus=name == focus)

        faces = [view(*face) for face in self._faces.recent(now_ns - stale_ns)]
        alone = {name: said for name, said in self._alone.items() if fresh(said)}
        return Scene(
            faces,
            emotion,
            scores=shares(self._scores),
            alone=alone,
            weights=shares(self._weights),
            numbers=self._numbers,
        )

    def _on_emotion(self, message: ExpressionMsg) -> None:
        self._emotions.append(expression_of(message))

    def _on_modality(self, modality: str, message: ExpressionMsg) -> None:
        self._alone[modality] = expression_of(message)

    def _on_scores(self, message: Classification) -> None:
        self._scores.append(message)

    def _on_weights(self, message: Classification) -> None:
        self._weights.append(message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self._numbers = numbers_of(message, self.get_namespace()) or self._numbers


def main(args: Sequence[str] | None = None) -> int:
    """Entry point of ``ros2 run fer_ros overlay_node``."""
    dds.make_room_for_pictures()
    return process.run('overlay', OverlayNode, process.until_interrupted, args)


if __name__ == '__main__':
    raise SystemExit(main())
