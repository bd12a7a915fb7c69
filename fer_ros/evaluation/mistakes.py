"""Finds the stretches in which the fused estimate was sure and wrong, with a picture of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fer_ros.evaluation.results import Mistake
from fer_ros.types import NS_PER_S, Estimate, Face, Frame, ImageArray

KEPT = 8
"""Mistakes kept of each recording."""
_APART_NS = 2 * NS_PER_S
"""A wrong stretch that begins within this of the last one of a face continues it."""
_EDGE = 192
"""Edge of a picture in pixels."""
_MARGIN = 0.5
"""How much is shown around a face, on each side, as a share of its box."""
_QUALITY = 85


@dataclass(frozen=True)
class Pictured:
    """A mistake and its picture as JPEG, None for a voice without a face."""

    mistake: Mistake
    picture: bytes | None


@dataclass
class _Stretch:
    mistake: Mistake
    until_ns: int
    shown: tuple[ImageArray, Face] | None


class Mistakes:
    """Those of one recording."""

    def __init__(self, recording: str) -> None:
        self._recording = recording
        self._open: dict[int | None, _Stretch] = {}
        self._worst: list[Pictured] = []

    def add(
        self,
        estimate: Estimate,
        truth: str,
        time_s: float,
        track: int | None,
        frame: Frame | None,
        face: Face | None,
    ) -> None:
        """Take note of a wrong estimate; they come in order of time."""
        stretch = self._open.get(track)
        if stretch and estimate.stamp_ns - stretch.until_ns > _APART_NS:
            self._close(track)
            stretch = None
        if stretch is None or estimate.confidence > stretch.mistake.confidence:
            confidence = round(estimate.confidence, 6)
            mistake = Mistake(
                self._recording, round(time_s, 6), track, truth, estimate.label, confidence, None
            )
            shown = (frame.image, face) if frame and face else None
            self._open[track] = _Stretch(mistake, estimate.stamp_ns, shown)
        else:
            stretch.until_ns = estimate.stamp_ns

    def worst(self) -> list[Pictured]:
        """The surest ones first."""
        for track in list(self._open):
            self._close(track)
        return self._worst

    def _close(self, track: int | None) -> None:
        stretch = self._open.pop(track)
        mistake = stretch.mistake
        if len(self._worst) == KEPT and order(mistake) > order(self._worst[-1].mistake):
            return
        picture = _jpeg(*stretch.shown) if stretch.shown else None
        self._worst.append(Pictured(mistake, picture))
        self._worst.sort(key=lambda pictured: order(pictured.mistake))
        del self._worst[KEPT:]


def order(mistake: Mistake) -> tuple[float, str, float, int]:
    """Sorts the surest mistakes first, and always alike."""
    track = -1 if mistake.track is None else mistake.track
    return -mistake.confidence, mistake.recording, mistake.time, track


def worst_of(found: Sequence[Pictured], count: int) -> list[Pictured]:
    """The worst mistakes of all recordings."""
    return sorted(found, key=lambda pictured: order(pictured.mistake))[:count]


def _jpeg(image: ImageArray, face: Face) -> bytes:
    """The face with what is around it, black beyond the edge of the picture."""
    half = max(face.w, face.h) * (0.5 + _MARGIN)
    x, y = face.x + face.w / 2 - half, face.y + face.h / 2 - half
    scale = _EDGE / (2 * half)
    place = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    crop = cv2.warpAffine(image, place, (_EDGE, _EDGE), flags=cv2.INTER_LINEAR)
    bgr = cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return data.tobytes()
