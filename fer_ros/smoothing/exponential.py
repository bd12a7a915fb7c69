"""The exponential moving average: simple, and the same at any frame rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fer_ros.config import setting
from fer_ros.types import FloatArray


class Exponential:
    """Each observation counts exp(-age / tau), whatever the frame rate."""

    @dataclass(frozen=True)
    class Config:
        """How slow it is."""

        time_constant: float = setting(
            0.3, 'Time in which a step is followed to 63 %; 0 is off', unit='s', ge=0.0, live=True
        )

    def __init__(self, config: Config) -> None:
        self._time_constant = config.time_constant

    def start(self, probabilities: FloatArray) -> _Average:
        """See protocols.Smoothing."""
        return _Average(self._time_constant, probabilities)


class _Average:
    def __init__(self, time_constant: float, mean: FloatArray) -> None:
        self._time_constant = time_constant
        self._mean = mean

    def update(self, elapsed_s: float, probabilities: FloatArray) -> FloatArray:
        tau = self._time_constant
        share = 1.0 if tau == 0 else -math.expm1(-elapsed_s / tau)
        self._mean = (self._mean + share * (probabilities - self._mean)).astype(
            probabilities.dtype
        )
        return self._mean
