"""How much a mouth moves from one frame to the next: what tells who speaks, and when.

Landmarks come only with detections and shake; so nothing is measured between two of them.  Both
pictures are cut out at the same place instead, the place where the face is in the newer one, and
what is left of the head's motion is taken out by registering the two crops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros.face.align import crop_grey
from fer_ros.types import NS_PER_S, Face, Frame, ImageArray

_Grey = npt.NDArray[np.float32]

_SIZE = 32
"""Edge of the crops in pixels."""
_EYES = ((0.3, 0.3), (0.7, 0.3))
_EDGES = (-2, -1)
"""The axes of each of many crops."""
_MOUTH = (..., slice(20, 31), slice(9, 23))
"""Rows and columns of mouth and chin in a crop."""
_EYES_AND_NOSE = (..., slice(5, 18), slice(5, 27))
_BLUR = 0.6
"""Standard deviation in pixels of the blur that a small error of registration vanishes in."""
_BORDER = 3
"""Rows beside each of the crops that are blurred as one tall picture; more than the blur sees."""
_BORDERED = np.pad(np.arange(_SIZE), _BORDER, mode='reflect')
_FARTHEST = 0.1 * _SIZE
"""A registration by more pixels than this is none."""
_LEAST = 0.02
"""Change, as a share of the contrast, that is noise of the camera."""
_DARKEST = 1.0
"""Mean grey level below which a crop shows nothing."""
_FLATTEST = 0.01
"""Contrast, deviation over mean, likewise."""
_REST = 0.5
"""Weight of what moves above the mouth: glances, nods, light."""
LONGEST_STEP_NS = NS_PER_S // 4
"""Frames further apart show another moment, not a motion."""


@dataclass(frozen=True)
class MouthMotion:
    """How much one mouth moved between two frames."""

    stamp_ns: int
    """The middle between both captures."""
    amount: float
    """Natural logarithm of the change around the mouth over the root of that above it."""


class MouthMeter:
    """Measures the mouths of tracked faces in consecutive frames."""

    def __init__(self) -> None:
        self._window = cv2.createHanningWindow((_SIZE, _SIZE), cv2.CV_32F)
        self._stamp_ns = 0
        self._grey: ImageArray | None = None

    def reset(self) -> None:
        """Forget the last frame, as when time jumps back."""
        self._grey = None

    def measure(self, frame: Frame, faces: Sequence[Face]) -> dict[int, MouthMotion]:
        """Track id -> motion since the last frame; empty for the first, and after a long gap."""
        if not faces:
            self._grey = None
            return {}
        grey: ImageArray = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)  # type: ignore[assignment]
        before, before_ns = self._grey, self._stamp_ns
        self._grey, self._stamp_ns = grey, frame.stamp_ns
        if before is None or before.shape != grey.shape:
            return {}
        if not 0 < frame.stamp_ns - before_ns <= LONGEST_STEP_NS:
            return {}
        tracked = {face.track_id: face for face in faces if face.track_id is not None}
        if not tracked:
            return {}
        middle_ns = (before_ns + frame.stamp_ns) // 2
        amounts = self._amounts(before, grey, list(tracked.values()))
        return {
            track_id: MouthMotion(middle_ns, amount)
            for track_id, amount in zip(tracked, amounts, strict=True)
        }

    def _amounts(
        self, before: ImageArray, after: ImageArray, faces: Sequence[Face]
    ) -> list[float]:
        """All faces at once wherever the library can, because a group has many mouths."""
        crops = np.stack([crop_grey((before, after), face, _SIZE, _EYES) for face in faces])
        old, new = np.moveaxis(_even(crops), 1, 0)
        same = np.stack([self._registered(*pair) for pair in zip(old, new, strict=True)])
        contrast = np.maximum(new.std(axis=_EDGES, keepdims=True), _FLATTEST)
        change = np.abs(new - same) / contrast
        mouth, rest = change[_MOUTH].mean(axis=_EDGES), change[_EYES_AND_NOSE].mean(axis=_EDGES)
        amounts: list[float] = (np.log(mouth + _LEAST) - _REST * np.log(rest + _LEAST)).tolist()
        return amounts

    def _registered(self, old: _Grey, new: _Grey) -> _Grey:
        """The older crop, shifted to where the newer one shows the same."""
        (dx, dy), _ = cv2.phaseCorrelate(old - 1.0, new - 1.0, self._window)
        if not max(abs(dx), abs(dy)) <= _FARTHEST:
            return old
        shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])
        return cv2.warpAffine(  # type: ignore[return-value]
            old, shift, (_SIZE, _SIZE), borderMode=cv2.BORDER_REPLICATE
        )


def _even(crops: ImageArray) -> _Grey:
    """Blurred crops (..., size, size) of mean 1, however bright the light is."""
    light = np.maximum(crops.mean(axis=_EDGES, dtype=np.float32, keepdims=True), _DARKEST)
    tall = (crops / light)[..., _BORDERED, :].reshape(-1, _SIZE)
    blurred = cv2.GaussianBlur(tall, (0, 0), _BLUR).reshape(*crops.shape[:-2], -1, _SIZE)
    even: _Grey = blurred[..., _BORDER:-_BORDER, :]
    return even
