"""A camera that sees the face of the bundled sample, a microphone that hears its voice."""

from __future__ import annotations

import array
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from ros_graph import (
    AudioDataStamped,
    AudioInfo,
    CompressedImage,
    Graph,
    Header,
    Image,
    qos,
)

from fer_ros.ros.encode import time_msg
from fer_ros.sources import open_media, sample_path
from fer_ros.types import NS_PER_S, Frame, ImageArray

FPS = 10.0
RATE_HZ = 16000
FACE_AT_S = 2.0
"""When the sample shows its face and speaks."""

MakeImage = Callable[[int], Image]
"""A picture for a stamp."""


@dataclass(frozen=True)
class Material:
    """What is seen and heard, again and again."""

    image: ImageArray
    sound: bytes
    """16-bit samples at RATE_HZ, a whole number of pictures long."""


def sample_recording(fps: float) -> tuple[list[ImageArray], bytes]:
    """All pictures of the sample at a rate, and all its sound, 16 bits at RATE_HZ."""
    samples = list(open_media(sample_path()))
    step_ns = round(NS_PER_S / fps)
    frames: dict[int, ImageArray] = {}
    for sample in samples:
        if isinstance(sample, Frame):
            frames.setdefault(sample.stamp_ns // step_ns, sample.image)
    chunks = [sample for sample in samples if not isinstance(sample, Frame)]
    rate_hz = chunks[0].rate_hz
    sound = np.concatenate([chunk.samples for chunk in chunks])
    times = np.arange(round(len(sound) / rate_hz * RATE_HZ)) / RATE_HZ
    heard = np.interp(times, np.arange(len(sound)) / rate_hz, sound)
    return list(frames.values()), (heard * 32767).astype('<i2').tobytes()


def sample_material() -> Material:
    """A face, and the two seconds of speech after it."""
    frames, sound = sample_recording(FPS)
    first = 2 * round(FACE_AT_S * RATE_HZ)
    return Material(frames[round(FACE_AT_S * FPS)], sound[first : first + 4 * RATE_HZ])


def image_of(pixels: Any, encoding: str = 'rgb8', stamp_ns: int = 0, **fields: Any) -> Image:
    """A message with the pixels (H, W, ...) as they lie in memory."""
    pixels = np.ascontiguousarray(pixels)
    message = Image(
        header=Header(stamp=time_msg(stamp_ns), frame_id='camera'),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        step=pixels[0].nbytes,
        data=array.array('B', pixels.tobytes()),
    )
    for name, value in fields.items():
        setattr(message, name, value)
    return message


class Senses:
    """Publishes as drivers do, until a test says otherwise."""

    def __init__(self, graph: Graph, material: Material) -> None:
        self.material = material
        self.now_ns = lambda: graph.node.get_clock().now().nanoseconds
        create = graph.node.create_publisher
        self.images = create(Image, 'image', 5)
        self.compressed = create(CompressedImage, 'image/compressed', 5)
        self.sound = create(AudioDataStamped, 'audio', 50)
        self.info = create(AudioInfo, 'audio_info', qos.LATCHED)
        self.camera: MakeImage | None = None
        """Makes each picture; None for a camera that is off."""
        self.microphone = False
        self.convert: Callable[[bytes], bytes] = bytes
        """Turns 16-bit sound into the format that was announced."""
        self.fps = FPS
        self.sent_ns: set[int] = set()
        """Stamps of the pictures that were sent."""
        self.sound_sent = 0
        """Chunks of speech that were sent."""
        self._position = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.say_format()
        self._thread.start()

    def close(self) -> None:
        """Stop for good."""
        self._stopping.set()
        self._thread.join()

    def on(self) -> None:
        """A face and a voice, as they should be."""
        self.say_format()
        self.fps = FPS
        self.camera, self.microphone = self.face, True

    def off(self) -> None:
        """Neither camera nor microphone."""
        self.camera, self.microphone = None, False

    def face(self, stamp_ns: int, **fields: Any) -> Image:
        """The picture with the face, with some fields changed."""
        return image_of(self.material.image, stamp_ns=stamp_ns, **fields)

    def jpeg(self, stamp_ns: int) -> CompressedImage:
        """The same as a driver compresses it."""
        bgr = cv2.cvtColor(self.material.image, cv2.COLOR_RGB2BGR)
        data = cv2.imencode('.jpg', bgr)[1].tobytes()
        return self.packed(stamp_ns, data)

    def packed(self, stamp_ns: int, data: bytes, format: str = 'jpeg') -> CompressedImage:
        """Any bytes that claim to be a picture."""
        header = Header(stamp=time_msg(stamp_ns), frame_id='camera')
        return CompressedImage(header=header, format=format, data=array.array('B', data))

    def say_format(self, **fields: Any) -> None:
        """Announce the format of the sound, with some fields changed."""
        given = {'channels': 1, 'sample_rate': RATE_HZ, 'sample_format': 'S16LE'}
        self.info.publish(AudioInfo(**{**given, 'coding_format': 'wave', **fields}))

    def chunk(self, data: bytes, stamp_ns: int | None = None) -> AudioDataStamped:
        """A message of sound that ends now, or begins at a stamp."""
        if stamp_ns is None:
            stamp_ns = self.now_ns() - len(data) // 2 * NS_PER_S // RATE_HZ
        message = AudioDataStamped(header=Header(stamp=time_msg(stamp_ns), frame_id='microphone'))
        message.audio.data = array.array('B', data)
        return message

    def speech(self, seconds: float) -> bytes:
        """The next piece of what is spoken."""
        count = 2 * round(RATE_HZ * seconds)
        whole = self.material.sound
        self._position = (self._position + count) % len(whole)
        return (whole[self._position :] + whole * (1 + count // len(whole)))[:count]

    def send_face(self) -> int:
        """One good picture; its stamp."""
        stamp_ns = self.now_ns()
        self.send_image(self.face(stamp_ns), stamp_ns)
        return stamp_ns

    def send_image(self, message: Image, stamp_ns: int) -> None:
        """Any picture, whose stamp is remembered."""
        self.sent_ns.add(stamp_ns)
        self.images.publish(message)

    def send_speech(self) -> None:
        """What was spoken since the last picture."""
        seconds = 1.0 / self.fps
        stamp_ns = self.now_ns() - round(seconds * NS_PER_S)
        self.sound.publish(self.chunk(self.convert(self.speech(seconds)), stamp_ns))
        self.sound_sent += 1

    def _run(self) -> None:
        while not self._stopping.wait(1.0 / self.fps):
            make, stamp_ns = self.camera, self.now_ns()
            if make is not None:
                self.send_image(make(stamp_ns), stamp_ns)
            if self.microphone:
                self.send_speech()
