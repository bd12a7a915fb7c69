"""Streams of known content for benchmarks: so many real faces in a picture, and a real voice.

The faces come from a clip of one person who talks; each one in the picture is at another moment
of the clip, every second one mirrored.  They move as faces do, so that detector and tracker have
their usual work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros import plugins
from fer_ros.face.branch import FaceConfig
from fer_ros.protocols import FaceDetector
from fer_ros.sources import open_media
from fer_ros.types import NS_PER_S, AudioChunk, Face, FloatArray, Frame, ImageArray, read_only

FRAME_ID = 'camera'
_SECONDS_OF_PICTURES = 2.0
"""Played forth and back; more would only take memory."""
_CELL_TO_FACE = 1.5
"""How much larger than the face its part of the picture is, where there are several faces."""
_CHUNK = 1024
"""Samples in a chunk of sound, as microphones give them."""
_APART = 7
"""Pictures of the clip between one face and the next."""


class SceneError(ValueError):
    """A clip that has no face or no sound, or a picture too small for so many faces."""


@dataclass(frozen=True, eq=False)
class Clip:
    """What benchmarks play: pictures of one face, and sound."""

    pictures: Sequence[ImageArray]
    """Consecutive, RGB."""
    fps: float
    face: tuple[float, float, float, float]
    """Where the face mostly is: x, y of its middle, width and height in pixels."""
    sound: FloatArray
    """(N,) mono, what is heard from the first picture on."""
    rate_hz: int


def default_detector() -> FaceDetector:
    """The one that the pipeline has by default."""
    detector: FaceDetector = plugins.build('face_detector', FaceConfig().detector)
    return detector


def read_clip(path: Path, detect: Callable[[ImageArray], list[Face]]) -> Clip:
    """The first seconds in which a face is found in a video, and its sound from there.

    Raises SceneError where there is no face or no sound, MediaError for what is no video.
    """
    frames: list[Frame] = []
    boxes: list[tuple[float, float, float, float]] = []
    chunks: list[AudioChunk] = []
    for sample in open_media(path):
        if isinstance(sample, AudioChunk):
            chunks.append(sample)
        elif not frames or sample.stamp_ns - frames[0].stamp_ns < _SECONDS_OF_PICTURES * NS_PER_S:
            found = detect(sample.image)
            if found:
                frames.append(sample)
                boxes.append(_box(found[0]))
            elif len(frames) < 2:
                frames, boxes = [], []
    if len(frames) < 2:
        raise SceneError(f'{path}: no face that stays is found in it')
    start_ns = frames[0].stamp_ns
    heard = [chunk for chunk in chunks if chunk.stamp_ns >= start_ns]
    if not heard:
        raise SceneError(f'{path}: no sound is in it')
    x, y, width, height = np.median(boxes, axis=0)
    return Clip(
        [frame.image for frame in frames],
        (len(frames) - 1) * NS_PER_S / (frames[-1].stamp_ns - start_ns),
        (float(x), float(y), float(width), float(height)),
        np.concatenate([chunk.samples for chunk in heard]),
        heard[0].rate_hz,
    )


def _box(face: Face) -> tuple[float, float, float, float]:
    return face.x + face.w / 2, face.y + face.h / 2, face.w, face.h


class Scene:
    """Pictures of one size with so many faces, composed when asked for."""

    def __init__(self, clip: Clip, faces: int, width: int, height: int) -> None:
        """Raises SceneError where a face would have no pixels."""
        self._clip = clip
        columns = math.ceil(math.sqrt(faces))
        rows = math.ceil(faces / columns)
        if width // columns < 8 or height // rows < 8:
            raise SceneError(f'{width}x{height} is too small for {faces} faces')
        self._cells = [
            (width * column // columns, height * row // rows,
             width * (column + 1) // columns, height * (row + 1) // rows)
            for row in range(rows)
            for column in range(columns)
        ][:faces]  # fmt: skip
        self._size = width, height
        self._alone = faces == 1

    def image(self, seconds: float) -> ImageArray:
        """The picture (height, width, 3) of a moment, RGB."""
        width, height = self._size
        image = np.zeros((height, width, 3), dtype=np.uint8)
        first = int(seconds * self._clip.fps + 0.5)
        for number, (left, top, right, bottom) in enumerate(self._cells):
            source = _forth_and_back(self._clip.pictures, first + _APART * number)
            part = self._part(source, right - left, bottom - top)
            turned = part[:, ::-1] if number % 2 else part
            image[top:bottom, left:right] = cv2.resize(turned, (right - left, bottom - top))
        return image

    def frame(self, stamp_ns: int, seconds: float) -> Frame:
        """The same as a frame of a camera."""
        return Frame(stamp_ns, FRAME_ID, read_only(self.image(seconds)))

    def _part(self, source: ImageArray, width: int, height: int) -> ImageArray:
        """The largest part of a picture that has the shape of a cell, around the face."""
        full_height, full_width = source.shape[:2]
        aspect = width / height
        x, y, face_width, face_height = self._clip.face
        limit = math.inf if self._alone else _CELL_TO_FACE * max(face_width, face_height)
        part_height = min(full_height, full_width / aspect, limit / min(1.0, aspect))
        w, h = int(part_height * aspect), int(part_height)
        left = round(min(max(0.0, x - w / 2), full_width - w))
        top = round(min(max(0.0, y - h / 2), full_height - h))
        return source[top : top + h, left : left + w]


def _forth_and_back(pictures: Sequence[ImageArray], index: int) -> ImageArray:
    last = len(pictures) - 1
    return pictures[last - abs(last - index % (2 * last))]


def sound(clip: Clip, start_ns: int, seconds: float) -> Iterator[AudioChunk]:
    """The clip's sound again and again, in chunks that begin with a stamp."""
    for number in range(math.ceil(seconds * clip.rate_hz / _CHUNK)):
        wanted: npt.NDArray[np.int64] = np.arange(_CHUNK) + number * _CHUNK
        samples = clip.sound[wanted % len(clip.sound)]
        stamp_ns = start_ns + round(number * _CHUNK * NS_PER_S / clip.rate_hz)
        yield AudioChunk(stamp_ns, clip.rate_hz, read_only(samples))
