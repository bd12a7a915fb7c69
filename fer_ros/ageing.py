"""Evidence that is not renewed counts less and less, for every fusion in the same way.

What was seen of a person some time ago is taken to hold still with a probability that falls with
its age.  The answer is the expectation over that: what the fusion says with the old evidence and
what it says without, in these proportions.  So a fusion needs to know nothing of age, one that
ignores quality or only counts votes is right as well, and little changes when evidence is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.labels import LABELS
from fer_ros.protocols import Fusion
from fer_ros.types import Evidence, Fused, Modality, read_only


@dataclass(frozen=True)
class AgeingConfig:
    """How long the evidence of one modality counts after it was seen last."""

    half_life: float = setting(
        0.5, 'Age at which evidence counts half', unit='s', ge=0.01, le=60.0, live=True
    )
    max_age: float = setting(
        2.0, 'Age at which it does not count any more', unit='s', ge=0.0, le=60.0, live=True
    )

    def validity(self, age_s: float) -> float:
        """The probability [0, 1] that evidence of an age in seconds still holds."""
        if age_s > self.max_age:
            return 0.0
        return float(0.5 ** (age_s / self.half_life))


def fuse_aged(fusion: Fusion, evidence: Evidence, validity: Mapping[Modality, float]) -> Fused:
    """The expected answer where each modality of the evidence holds with some probability.

    Whenever older evidence holds, newer evidence does, too; and something always holds, so what
    counts is how the validities compare.  Raises ValueError where none is positive.
    """
    levels = sorted({validity[name] for name in evidence} - {0.0}, reverse=True)
    if not levels:
        raise ValueError(f'no evidence holds: {dict(validity)}')
    probabilities = np.zeros(len(LABELS), dtype=np.float32)
    weights = dict.fromkeys(evidence, 0.0)
    for level, next_level in zip(levels, [*levels[1:], 0.0], strict=True):
        share = (level - next_level) / levels[0]
        holding = {name: seen for name, seen in evidence.items() if validity[name] >= level}
        answer = fusion.fuse(holding)
        probabilities += share * answer.probabilities
        for name, weight in answer.weights.items():
            weights[name] += share * weight
    return Fused(read_only(probabilities), weights)
