"""Samples -> messages of the media node: pictures raw or compressed, sound of either family."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from fer_ros.ros import audio_family, qos
from fer_ros.ros.encode import header
from fer_ros.ros.image_messages import compressed_image_msg, image_msg
from fer_ros.types import AudioChunk, FloatArray, Frame

_PORTAUDIO_INT16 = 8
_INT16_MAX = 32767


class RawImages:
    """Publishes sensor_msgs/Image."""

    def __init__(self, node: Node) -> None:
        self.publisher = node.create_publisher(Image, 'image', qos.IMAGE_OUT)

    def publish(self, frame: Frame) -> None:
        """Send a picture."""
        self.publisher.publish(image_msg(frame))


class CompressedImages:
    """Publishes sensor_msgs/CompressedImage with JPEG in it."""

    def __init__(self, node: Node, quality: int) -> None:
        self._quality = quality
        self.publisher = node.create_publisher(CompressedImage, 'image/compressed', qos.IMAGE_OUT)

    def publish(self, frame: Frame) -> None:
        """Send a picture."""
        self.publisher.publish(compressed_image_msg(frame, self._quality))


class StampedAudio:
    """Publishes the ros-drivers family: AudioDataStamped, and a latched AudioInfo before it."""

    def __init__(self, node: Node, messages: Any, frame_id: str) -> None:
        self._messages = messages
        self._frame_id = frame_id
        self._rate_hz: int | None = None
        self.publisher = node.create_publisher(messages.AudioDataStamped, 'audio', qos.AUDIO_OUT)
        self._info = node.create_publisher(messages.AudioInfo, 'audio_info', qos.LATCHED)

    def publish(self, chunk: AudioChunk) -> None:
        """Send a stretch of sound."""
        if chunk.rate_hz != self._rate_hz:
            self._rate_hz = chunk.rate_hz
            self._info.publish(
                self._messages.AudioInfo(
                    channels=1,
                    sample_rate=chunk.rate_hz,
                    sample_format='S16LE',
                    bitrate=16 * chunk.rate_hz,
                    coding_format='wave',
                )
            )
        message = self._messages.AudioDataStamped(header=header(chunk.stamp_ns, self._frame_id))
        message.audio.data = array.array('B', pcm16(chunk.samples).tobytes())
        self.publisher.publish(message)


class CompleteAudio:
    """Publishes the mgonzs13 family: AudioStamped, which says everything itself."""

    def __init__(self, node: Node, messages: Any, frame_id: str) -> None:
        self._messages = messages
        self._frame_id = frame_id
        self.publisher = node.create_publisher(messages.AudioStamped, 'audio', qos.AUDIO_OUT)

    def publish(self, chunk: AudioChunk) -> None:
        """Send a stretch of sound."""
        message = self._messages.AudioStamped(header=header(chunk.stamp_ns, self._frame_id))
        message.audio.audio_data.int16_data = array.array('h', pcm16(chunk.samples).tobytes())
        message.audio.info.format = _PORTAUDIO_INT16
        message.audio.info.channels = 1
        message.audio.info.rate = chunk.rate_hz
        message.audio.info.chunk = len(chunk.samples)
        self.publisher.publish(message)


def audio_publisher(node: Node, frame_id: str) -> StampedAudio | CompleteAudio | None:
    """For the family that is installed; None, with a line in the log, where there is none."""
    messages = audio_family.messages()
    family = audio_family.family(messages)
    if family == audio_family.STAMPED:
        return StampedAudio(node, messages, frame_id)
    if family == audio_family.COMPLETE:
        return CompleteAudio(node, messages, frame_id)
    node.get_logger().warning('audio_common_msgs is not installed, so no sound is published')
    return None


def pcm16(samples: FloatArray) -> np.ndarray:
    """Samples in [-1, 1] as little-endian 16-bit integers; what is louder is clipped."""
    return (np.clip(samples, -1.0, 1.0) * _INT16_MAX).round().astype('<i2')
