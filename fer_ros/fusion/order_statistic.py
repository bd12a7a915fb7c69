"""Max, min and median rule (Kittler et al., IEEE TPAMI 20(3), 1998)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.fusion.evidence import even, fused, newest_of, probabilities_of
from fer_ros.fusion.weights import JointConfig
from fer_ros.types import Evidence, FloatArray, Fused

_REDUCE: dict[str, Callable[[FloatArray], FloatArray]] = {
    'max': lambda rows: rows.max(axis=0),
    'min': lambda rows: rows.min(axis=0),
    'median': lambda rows: np.median(rows, axis=0),
}


class OrderStatistic:
    """The largest, smallest or median probability that any modality gives a label."""

    @dataclass(frozen=True)
    class Config(JointConfig):
        """Which of them."""

        rule: str = setting(
            'median', 'Which of the probabilities', choices=tuple(_REDUCE), live=True
        )

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._reduce = _REDUCE[config.rule]
        self._temperature = config.temperature

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        scores = self._reduce(probabilities_of(features))
        return fused(features, scores, even(len(features)), self._temperature)
