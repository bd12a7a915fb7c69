"""Samples -> messages in a bag, without ROS, such that nothing is lost.

What a bag gives when it is read again is what was written: pictures as they were decoded, sound
as 32-bit floats, in the same pieces and with the same stamps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import Writer

from fer_ros.evaluation import bag_messages
from fer_ros.types import NS_PER_S, AudioChunk, Frame

IMAGES = ('raw', 'png', 'jpeg')
_FRAME_ID = 'camera'
_MICROPHONE_ID = 'microphone'
_PORTAUDIO_FLOAT32 = 1
_FOREVER = QosTime(2147483647, 4294967295)


@dataclass(frozen=True)
class BagFormat:
    """How a bag is written."""

    storage: str = 'mcap'
    """A name of bag_writing.STORAGES."""
    compress: bool = False
    """With Zstandard: the chunks of mcap, each message of sqlite3."""
    images: str = 'raw'
    """One of IMAGES; jpeg loses something."""
    jpeg_quality: int = 95
    """[1, 100]"""
    audio: str = bag_messages.ROS_DRIVERS
    """One of bag_messages.AUDIO_FAMILIES."""
    image_topic: str = '/image'
    """Compressed pictures are on the topic with /compressed behind it."""
    audio_topic: str = '/audio'
    info_topic: str = '/audio_info'
    labels_topic: str = '/labels'


@dataclass(frozen=True)
class LabelChange:
    """From now on a person seems to feel something else; '' where it is not known."""

    stamp_ns: int
    label: str
    valence: float | None = None
    arousal: float | None = None


class MessageWriter:
    """Turns samples into messages.  A topic is there once something came for it."""

    def __init__(self, writer: Writer, format: BagFormat) -> None:
        self._writer = writer
        self._format = format
        self._types = bag_messages.message_types(format.audio)
        self._topics: dict[str, Connection] = {}
        self._info_rate_hz: int | None = None

    def write(self, sample: Frame | AudioChunk) -> None:
        """Write a picture, or sound as far as there is any."""
        if isinstance(sample, Frame):
            self._write_frame(sample)
        elif len(sample.samples) == 0:
            return
        elif self._format.audio == bag_messages.ROS_DRIVERS:
            self._write_stamped(sample)
        else:
            self._write_complete(sample)

    def write_label(self, change: LabelChange) -> None:
        """Write what somebody seems to feel from now on."""
        message = self._make(
            bag_messages.EXPRESSION,
            header=self._header(change.stamp_ns, _FRAME_ID),
            expression=change.label,
            valence=np.nan if change.valence is None else change.valence,
            arousal=np.nan if change.arousal is None else change.arousal,
            confidence=1.0 if change.label else 0.0,
        )
        self._send(self._format.labels_topic, message, change.stamp_ns)

    def _write_frame(self, frame: Frame) -> None:
        header = self._header(frame.stamp_ns, frame.frame_id or _FRAME_ID)
        topic = self._format.image_topic
        if self._format.images == 'raw':
            height, width, _ = frame.image.shape
            message = self._make(
                bag_messages.IMAGE,
                header=header,
                height=height,
                width=width,
                encoding='rgb8',
                is_bigendian=0,
                step=3 * width,
                data=frame.image.reshape(-1),
            )
        else:
            topic = f'{topic}/compressed'
            message = self._make(
                bag_messages.COMPRESSED_IMAGE,
                header=header,
                format=self._format.images,
                data=self._encoded(frame),
            )
        self._send(topic, message, frame.stamp_ns)

    def _encoded(self, frame: Frame) -> np.ndarray[Any, np.dtype[np.uint8]]:
        bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        options: tuple[int, ...] = ()
        if self._format.images == 'jpeg':
            options = (cv2.IMWRITE_JPEG_QUALITY, self._format.jpeg_quality)
        _, data = cv2.imencode(f'.{self._format.images}', bgr, options)
        return data.reshape(-1).astype(np.uint8, copy=False)

    def _write_stamped(self, chunk: AudioChunk) -> None:
        if chunk.rate_hz != self._info_rate_hz:
            self._info_rate_hz = chunk.rate_hz
            info = self._make(
                bag_messages.AUDIO_INFO,
                channels=1,
                sample_rate=chunk.rate_hz,
                sample_format='F32LE',
                bitrate=32 * chunk.rate_hz,
                coding_format='wave',
            )
            self._send(self._format.info_topic, info, chunk.end_ns, is_latched=True)
        data = np.frombuffer(chunk.samples.astype('<f4').tobytes(), np.uint8)
        message = self._make(
            bag_messages.AUDIO[bag_messages.ROS_DRIVERS],
            header=self._header(chunk.stamp_ns, _MICROPHONE_ID),
            audio=self._make('audio_common_msgs/msg/AudioData', data=data),
        )
        self._send(self._format.audio_topic, message, chunk.end_ns)

    def _write_complete(self, chunk: AudioChunk) -> None:
        data = self._make(
            'audio_common_msgs/msg/AudioData',
            float32_data=chunk.samples,
            int32_data=np.empty(0, np.int32),
            int16_data=np.empty(0, np.int16),
            int8_data=np.empty(0, np.int8),
            uint8_data=np.empty(0, np.uint8),
        )
        info = self._make(
            bag_messages.AUDIO_INFO,
            format=_PORTAUDIO_FLOAT32,
            channels=1,
            rate=chunk.rate_hz,
            chunk=len(chunk.samples),
        )
        message = self._make(
            bag_messages.AUDIO[bag_messages.MGONZS13],
            header=self._header(chunk.stamp_ns, _MICROPHONE_ID),
            audio=self._make('audio_common_msgs/msg/Audio', audio_data=data, info=info),
        )
        self._send(self._format.audio_topic, message, chunk.end_ns)

    def _header(self, stamp_ns: int, frame_id: str) -> Any:
        time = self._make(
            'builtin_interfaces/msg/Time', sec=stamp_ns // NS_PER_S, nanosec=stamp_ns % NS_PER_S
        )
        return self._make('std_msgs/msg/Header', stamp=time, frame_id=frame_id)

    def _make(self, kind: str, **fields: Any) -> Any:
        return self._types.types[kind](**fields)

    def _send(self, topic: str, message: Any, received_ns: int, is_latched: bool = False) -> None:
        """Write a message as one that came in at a time: sound does when its end is heard."""
        kind = message.__msgtype__
        if topic not in self._topics:
            self._topics[topic] = self._writer.add_connection(
                topic, kind, typestore=self._types, offered_qos_profiles=[_quality(is_latched)]
            )
        data = self._types.serialize_cdr(message, kind)
        self._writer.write(self._topics[topic], received_ns, data)


def _quality(is_latched: bool) -> Qos:
    """Reliable; ``ros2 bag play`` offers the same."""
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=1 if is_latched else 100,
        reliability=QosReliability.RELIABLE,
        durability=QosDurability.TRANSIENT_LOCAL if is_latched else QosDurability.VOLATILE,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )
