"""The subscriptions of the perception node: they decode or store, and never wait."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from fer_ros.clock_watch import StreamClock
from fer_ros.decode import DecodeError, decode_audio, decode_compressed_image, decode_image
from fer_ros.decode.fields import stamp_ns
from fer_ros.live import MakeFrame
from fer_ros.perception_config import PerceptionConfig
from fer_ros.ros import audio_family, qos
from fer_ros.ros.subscriptions import SensorSubscription, Source, source_of
from fer_ros.types import AudioChunk


def unused(config: PerceptionConfig) -> dict[str, str]:
    """Why 'image' or 'audio' is not listened to, for those of them that shall not be."""
    modalities = {'image': ('face', config.face), 'audio': ('voice', config.voice)}
    return {
        part: f'{name}.enabled is false'
        for part, (name, modality) in modalities.items()
        if not modality.enabled
    }


class Inputs:
    """Image and audio subscriptions, alive until destroy()."""

    def __init__(
        self,
        node: Node,
        config: PerceptionConfig,
        *,
        put_frame: Callable[[MakeFrame], None],
        put_audio: Callable[[AudioChunk], None],
        on_error: Callable[[str, Exception], None],
    ) -> None:
        """Of a modality that is not enabled in ``config`` nothing is even received."""
        self._node = node
        self._put_frame = put_frame
        self._put_audio = put_audio
        self._on_error = on_error
        self.clocks = {'image': StreamClock(), 'audio': StreamClock()}
        """What is measured of the stamps as they come, before they are corrected."""
        self._info: Any | None = None
        self._info_subscription: Any | None = None
        self._sensors: dict[str, SensorSubscription] = {}
        if config.face.enabled:
            self._subscribe_image(config.image_transport, config.image_reliable)
        if config.voice.enabled:
            self._subscribe_audio()

    def sources(self) -> dict[str, Source]:
        """Where 'image' and 'audio' come from, those of them that are listened to."""
        return {part: subscription.source for part, subscription in self._sensors.items()}

    def destroy(self) -> None:
        """Stop listening."""
        for subscription in self._sensors.values():
            subscription.destroy()
        if self._info_subscription is not None:
            self._node.destroy_subscription(self._info_subscription)

    def _subscribe_image(self, transport: str, reliable: bool) -> None:
        if transport == 'compressed':
            type_, topic, decode = CompressedImage, 'image/compressed', decode_compressed_image
        else:
            type_, topic, decode = Image, 'image', decode_image

        def store(message: Any) -> None:
            with suppress(DecodeError):  # reported when the picture is decoded, if ever
                self._watch('image', stamp_ns(message))
            self._put_frame(partial(decode, message))

        self._sensors['image'] = SensorSubscription(
            self._node, type_, topic, store, qos.IMAGE_DEPTH, reliable
        )

    def _subscribe_audio(self) -> None:
        messages = audio_family.messages()
        family = audio_family.family(messages)
        if messages is not None and family == audio_family.STAMPED:
            type_ = messages.AudioDataStamped
            self._info_subscription = self._node.create_subscription(
                messages.AudioInfo, 'audio_info', self._on_info, qos.LATCHED
            )
        elif messages is not None and family == audio_family.COMPLETE:
            type_ = messages.AudioStamped
        else:
            self._node.get_logger().warning(
                'audio_common_msgs is not installed, so no voice is heard; '
                'install ros-$ROS_DISTRO-audio-common-msgs'
            )
            return
        self._sensors['audio'] = SensorSubscription(
            self._node, type_, 'audio', self._on_audio, qos.AUDIO_DEPTH
        )

    def _on_info(self, message: Any) -> None:
        self._info = message

    def _on_audio(self, message: Any) -> None:
        try:
            self._check_info()
            chunk = decode_audio(message, self._info)
            self._put_audio(chunk)
        except ValueError as error:
            self._on_error('audio', error)
        else:
            self._watch('audio', chunk.stamp_ns, chunk.end_ns - chunk.stamp_ns)

    def _check_info(self) -> None:
        """Whoever names the topic of the sound easily forgets that of its format."""
        if self._info_subscription is not None and self._info is None:
            source = source_of(self._node, self._info_subscription.topic_name)
            where = f'{source.topic}, publishers: {source.publishers}'
            raise DecodeError(f'rate and format of the sound did not come on {where}')

    def _watch(self, part: str, captured_ns: int, length_ns: int = 0) -> None:
        now_ns = self._node.get_clock().now().nanoseconds
        self.clocks[part].add(captured_ns, now_ns, length_ns)
