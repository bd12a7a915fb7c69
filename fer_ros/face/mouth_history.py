"""The motion of each mouth over the last seconds, as a series that sound can be compared with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fer_ros.face.mouth import LONGEST_STEP_NS, MouthMotion
from fer_ros.types import NS_PER_S, FloatArray


class MouthHistory:
    """Keeps what a MouthMeter measured, by track."""

    def __init__(self, seconds: float = 6.0) -> None:
        """Motions older than ``seconds`` before the newest are forgotten."""
        self._keep_ns = round(seconds * NS_PER_S)
        self._stamps_ns: dict[int, list[int]] = {}
        self._amounts: dict[int, list[float]] = {}

    def clear(self) -> None:
        """Forget everything, as when time jumps back."""
        self._stamps_ns.clear()
        self._amounts.clear()

    def add(self, motions: Mapping[int, MouthMotion]) -> None:
        """Take in the motions of one frame, in order of time."""
        for track_id, motion in motions.items():
            self._stamps_ns.setdefault(track_id, []).append(motion.stamp_ns)
            self._amounts.setdefault(track_id, []).append(motion.amount)
        if motions:
            newest_ns = max(motion.stamp_ns for motion in motions.values())
            self._forget(newest_ns - self._keep_ns)

    def series(self, track_id: int, times_ns: npt.NDArray[np.float64]) -> FloatArray | None:
        """Amounts (N,) of one mouth at ascending times (N,), interpolated.

        None where the times reach beyond what is known, or over a gap.
        """
        stamps_ns = self._stamps_ns.get(track_id, [])
        first = bisect_right(stamps_ns, times_ns[0]) - 1
        last = bisect_left(stamps_ns, times_ns[-1])
        if first < 0 or last >= len(stamps_ns):
            return None
        known_ns = np.array(stamps_ns[first : last + 1])
        if np.diff(known_ns).max(initial=0) > LONGEST_STEP_NS:
            return None
        amounts = self._amounts[track_id][first : last + 1]
        return np.interp(times_ns, known_ns, amounts).astype(np.float32)

    def _forget(self, oldest_ns: int) -> None:
        for track_id, stamps_ns in list(self._stamps_ns.items()):
            old = bisect_left(stamps_ns, oldest_ns)
            del stamps_ns[:old], self._amounts[track_id][:old]
            if not stamps_ns:
                del self._stamps_ns[track_id], self._amounts[track_id]
