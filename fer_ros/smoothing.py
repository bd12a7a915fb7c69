"""Smoothing of probabilities over time, and a label that does not flicker.

Both depend on capture times only, so a recording replays to the same result at any speed.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
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
        3.0, 'Silence after which a person is smoothed anew', unit='s', ge=0.0, live=True
    )


class Smoother:
    """The smoothed probabilities and the steady label of one person.

    An exponential moving average whose weight follows from the time between two updates,
    alpha = 1 - exp(-dt / tau), so the frame rate does not matter.
    """

    def __init__(self, stamp_ns: int, probabilities: FloatArray) -> None:
        self.stamp_ns = stamp_ns
        self.mean = read_only(probabilities.astype(np.float32))
        """(C,) the smoothed probabilities."""
        self.label = int(probabilities.argmax())
        """Position of the steady label in LABELS."""

    def update(self, stamp_ns: int, probabilities: FloatArray, config: SmoothingConfig) -> None:
        """Take in probabilities (C,); a stamp that is not after the last one changes nothing."""
        elapsed_s = (stamp_ns - self.stamp_ns) / NS_PER_S
        if elapsed_s <= 0:
            return
        tau = config.time_constant
        alpha = 1.0 if tau == 0 else -math.expm1(-elapsed_s / tau)
        mean = self.mean + alpha * (probabilities - self.mean)
        self.mean = read_only(mean.astype(np.float32))
        self.stamp_ns = stamp_ns
        best = int(self.mean.argmax())
        if self.mean[best] > self.mean[self.label] + config.hysteresis:
            self.label = best


class Smoothers:
    """One Smoother for each key, made when it is first seen and dropped when silent for long."""

    def __init__(self, config: SmoothingConfig) -> None:
        self.config = config
        self._smoothers: dict[Hashable, Smoother] = {}

    def update(self, key: Hashable, stamp_ns: int, probabilities: FloatArray) -> Smoother:
        """The smoother of ``key`` after it took in probabilities (C,) at a capture time."""
        self._drop_silent(stamp_ns)
        if key in self._smoothers:
            self._smoothers[key].update(stamp_ns, probabilities, self.config)
        else:
            self._smoothers[key] = Smoother(stamp_ns, probabilities)
        return self._smoothers[key]

    def clear(self) -> None:
        """Forget everybody, as when time jumps back."""
        self._smoothers.clear()

    def _drop_silent(self, stamp_ns: int) -> None:
        oldest_ns = stamp_ns - round(self.config.forget_after * NS_PER_S)
        for key, smoother in list(self._smoothers.items()):
            if smoother.stamp_ns < oldest_ns:
                del self._smoothers[key]
