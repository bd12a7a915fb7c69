"""How much later sound is stamped than the picture of the same moment.

Drivers stamp what they deliver, with whatever their buffers added.  A constant offset between
camera and microphone can be seen where a face speaks: its mouth moves when the level of the
sound changes.  Both are compared at all offsets in question (cross-covariance, as in Hershey and
Movellan, Audio vision, NIPS 1999), stretch by stretch.  The stretches tell how sure the best
offset is, too: by how much it is ahead of the next best one, measured by how much that lead
differs from one stretch to the next (a paired t-test).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.special

from fer_ros.audio.modulation import RATE_HZ, STEP_NS, covariances, modulation_of
from fer_ros.config import setting
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.types import NS_PER_S, AudioWindow

_STRETCH_S = 1.75
"""Longest stretch compared at once; a window of 3 s has room for it and for the offsets."""
_SHORTEST_S = 0.5
_LATE_S = 0.25
"""How much later than the picture sound may arrive."""
_HOP_NS = NS_PER_S // 5
"""Time between two attempts to take in a stretch."""
_FEWEST = 4
"""Stretches below which nothing is said."""
_PEAK_S = 0.2
"""Offsets this close to the best one belong to the same peak."""

_Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SyncConfig:
    """Settings of the estimate of the offset between sound and picture."""

    max_offset: float = setting(
        0.5,
        'Largest offset between sound and picture that is looked for',
        unit='s',
        ge=0.1,
        le=1.0,
    )
    memory: float = setting(
        60.0, 'Speech from which the offset is estimated, the newest', unit='s', ge=10.0, le=3600.0
    )
    min_confidence: float = setting(
        0.98, 'Confidence from which an offset counts as known', ge=0.5, le=0.9999, live=True
    )
    correct: bool = setting(
        False, 'Whether a known offset is taken out of the stamps of the sound', live=True
    )


@dataclass(frozen=True)
class AvOffset:
    """An estimated offset."""

    offset_s: float
    """How much later sound is stamped than the picture; negative where it is earlier."""
    confidence: float
    """[0, 1]: how rarely a voice that does not belong to the mouth looks as clear by chance."""
    evidence_s: float
    """Seconds of a speaking face that it rests on."""


class OffsetEstimator:
    """Gathers evidence from one camera and one microphone."""

    def __init__(self, config: SyncConfig) -> None:
        self.config = config
        self._reach = round(config.max_offset * RATE_HZ)
        self._curves: deque[tuple[float, _Curve]] = deque()
        """Seconds and covariance at each offset of each stretch."""
        self._best: AvOffset | None = None
        self._done_ns: int | None = None
        self._tried_ns: int | None = None

    @property
    def evidence_s(self) -> float:
        """Seconds of speech taken in that still count."""
        return sum(seconds for seconds, _ in self._curves)

    def restart(self) -> None:
        """Go on after a jump of time; what was learned still holds."""
        self._done_ns = self._tried_ns = None

    def clear(self) -> None:
        """Begin anew, as when the clock of a device was changed."""
        self._done_ns = self._tried_ns = self._best = None
        self._curves.clear()

    def add(self, window: AudioWindow, mouths: MouthHistory, track_id: int) -> bool:
        """Compare the newest sound, in which somebody speaks, with a mouth.

        Whether a stretch was taken in: where the window is whole, the mouth was seen all the
        time, and enough is new since the last one.
        """
        seconds = len(window.samples) / window.rate_hz
        room_s = seconds - 2.0 * self._reach / RATE_HZ - _LATE_S
        count = round(min(_STRETCH_S, room_s) * RATE_HZ)
        if count < _SHORTEST_S * RATE_HZ or not self._is_due(window, count):
            return False
        self._tried_ns = window.stamp_ns
        sound = modulation_of(window)
        if sound is None:
            return False
        first = len(sound.values) - self._reach - count
        if first < self._reach:
            return False
        times_ns = sound.times_ns(first, count)
        if self._done_ns is not None and times_ns[0] < self._done_ns:
            return False
        motion = mouths.series(track_id, times_ns)
        if motion is None:
            return False
        around = sound.values[first - self._reach :]
        self._take_in(count / RATE_HZ, covariances(motion, around))
        self._done_ns = int(times_ns[-1])
        return True

    def best(self) -> AvOffset | None:
        """The most likely offset, however sure; None where there is next to no evidence."""
        return self._best

    def estimate(self) -> AvOffset | None:
        """The offset, where it is known: None below the confidence that the settings ask for."""
        best = self._best
        return best if best and best.confidence >= self.config.min_confidence else None

    def _is_due(self, window: AudioWindow, count: int) -> bool:
        """Whether a whole stretch may be new, before anything is computed."""
        if self._tried_ns is not None and window.stamp_ns - self._tried_ns < _HOP_NS:
            return False
        if self._done_ns is None:
            return True
        return window.stamp_ns - self._done_ns >= (count + self._reach) * STEP_NS

    def _take_in(self, seconds: float, curve: _Curve) -> None:
        self._curves.append((seconds, curve))
        while len(self._curves) > _FEWEST and self.evidence_s > self.config.memory:
            self._curves.popleft()
        if len(self._curves) >= _FEWEST:
            curves = np.array([curve for _, curve in self._curves])
            mean = curves.mean(axis=0)
            top = int(mean.argmax())
            offset_s = (top + _vertex(mean, top) - self._reach) / RATE_HZ
            self._best = AvOffset(offset_s, confidence(curves, mean, top), self.evidence_s)


def confidence(curves: _Curve, mean: _Curve, top: int) -> float:
    """Probability of Student's t below the lead of the best offset (see the module).

    ``curves`` (stretches, offsets) are the similarities, ``mean`` (offsets,) is their mean and
    ``top`` the number of its highest.
    """
    if not 0 < top < len(mean) - 1:
        return 0.0  # still rising where the range ends: the peak is beyond it
    far = np.abs(np.arange(len(mean)) - top) > _PEAK_S * RATE_HZ
    if not far.any():
        return 0.0
    rival = int(np.flatnonzero(far)[mean[far].argmax()])
    leads = curves[:, top] - curves[:, rival]
    spread = float(leads.std(ddof=1)) / math.sqrt(len(leads))
    if spread == 0.0:
        return 0.0
    return float(scipy.special.stdtr(len(leads) - 1, float(leads.mean()) / spread))


def _vertex(mean: _Curve, top: int) -> float:
    """Where the parabola through a peak and its neighbours is highest, in steps from it."""
    if top in (0, len(mean) - 1):
        return 0.0
    before, peak, after = mean[top - 1 : top + 2]
    bend = before - 2.0 * peak + after
    return float(0.5 * (before - after) / bend) if bend < 0.0 else 0.0
