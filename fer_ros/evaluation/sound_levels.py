"""How loud a recording is over time, for the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fer_ros.evaluation.results import SOUND_FLOOR_DB, SOUND_STEP_S
from fer_ros.types import NS_PER_S, AudioChunk

_STEP_NS = round(SOUND_STEP_S * NS_PER_S)


class SoundLevels:
    """Adds up the energy of sound in steps of SOUND_STEP_S."""

    def __init__(self, start_ns: int) -> None:
        """``start_ns``: where the first step begins; sound before it is left out."""
        self._start_ns = start_ns
        self._sums: dict[int, tuple[int, float]] = {}
        self.heard_s = 0.0
        """Length of all sound, heard twice or not."""

    def add(self, chunk: AudioChunk) -> None:
        """Take in a stretch of sound."""
        self.heard_s += len(chunk.samples) / chunk.rate_hz
        offset_ns = chunk.stamp_ns - self._start_ns
        times_ns = offset_ns + np.arange(len(chunk.samples)) * (NS_PER_S / chunk.rate_hz)
        steps = (times_ns // _STEP_NS).astype(np.int64)
        for step in np.unique(steps[steps >= 0]).tolist():
            samples = chunk.samples[steps == step].astype(np.float64)
            count, energy = self._sums.get(step, (0, 0.0))
            self._sums[step] = count + len(samples), energy + float(np.square(samples).sum())

    def levels(self) -> Iterator[tuple[float, float]]:
        """Time in s and root mean square in dB of full scale, of each step with sound."""
        for step in sorted(self._sums):
            count, energy = self._sums[step]
            level = 10 * np.log10(max(energy / count, 1e-12))
            yield round(step * SOUND_STEP_S, 3), round(max(float(level), SOUND_FLOOR_DB), 1)
