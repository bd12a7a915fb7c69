"""Smoothing of probabilities over time, and a label that does not flicker.

Both depend on capture times only, so a recording replays to the same result at any speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.types import NS_PER_S, FloatArray, read_only


@dataclass(frozen=True)
class SmoothingConfig:
    """Settings of the smoothing."""

    time_constant: float = setting(
        0.4, 'Time in which a step is followed to 63 %; 0 is off', unit='s', ge=0.0, live=True
    )
    hysteresis: float = setting(
        0.08,
        'How much more probable than the current label another must be to replace it',
        ge=0.0,
        le=1.0,
        live=True,
    )
    forget_after: float = setting(
        3.0, 'Silence of a track after which it starts anew', unit='s', ge=0.0, live=True
    )


class Smoother:
    """The smoothed probabilities and the steady label of one track.

    An exponential moving average whose weight follows from the time between two estimates
    (alpha = 1 - exp(-dt / tau)), so the frame rate does not matter.
    """

    def __init__(self, config: SmoothingConfig) -> None:
        self.config = config
        self._stamp_ns: int | None = None
        self._mean: FloatArray | None = None
        self._label = -1

    @property
    def label(self) -> int:
        """Position of the steady label in LABELS, -1 before the first update."""
        return self._label

    def update(self, stamp_ns: int, probabilities: FloatArray) -> FloatArray:
        """Take in probabilities (C,) at a capture time; return the smoothed ones (C,).

        A stamp equal to the last changes nothing; a stamp before it starts anew, because then
        time jumped back.
        """
        if self._mean is None or self._stamp_ns is None or self._stale(stamp_ns):
            self._mean, self._label = probabilities, -1
        else:
            alpha = self._alpha((stamp_ns - self._stamp_ns) / NS_PER_S)
            self._mean = (self._mean + alpha * (probabilities - self._mean)).astype(np.float32)
        self._stamp_ns = stamp_ns
        self._settle(self._mean)
        return read_only(self._mean)

    def _stale(self, stamp_ns: int) -> bool:
        assert self._stamp_ns is not None
        elapsed_s = (stamp_ns - self._stamp_ns) / NS_PER_S
        return elapsed_s < 0 or elapsed_s > self.config.forget_after

    def _alpha(self, elapsed_s: float) -> float:
        tau = self.config.time_constant
        return 1.0 if tau == 0 else -math.expm1(-elapsed_s / tau)

    def _settle(self, mean: FloatArray) -> None:
        best = int(mean.argmax())
        margin = 0.0 if self._label < 0 else self.config.hysteresis
        if self._label < 0 or mean[best] > mean[self._label] + margin:
            self._label = best
