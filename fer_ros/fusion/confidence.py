"""A weighted average in which an unsure modality, or one of poor input, counts for less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.fusion.evidence import (
    entropies_of,
    fused,
    newest_of,
    normalised,
    probabilities_of,
    qualities_of,
)
from fer_ros.fusion.weights import WeightsConfig
from fer_ros.types import Evidence, Fused

_LEAST = np.float32(1e-3)
"""A certainty or quality below counts as this, so that somebody always counts."""


class Confidence:
    """A weighted average gated by certainty and quality.

    The weight, which says how reliable a modality is at all, is multiplied by powers of the
    quality of its input (size, sharpness and pose of a face, voiced share of a sound) and of its
    certainty 1 - H / log C, where H is the entropy of its probabilities.
    """

    @dataclass(frozen=True)
    class Config(WeightsConfig):
        """Weights and how strongly they are modified."""

        entropy_exponent: float = setting(
            1.0, 'Exponent of the certainty; 0 ignores it', ge=0.0, le=8.0, live=True
        )
        quality_exponent: float = setting(
            1.0, 'Exponent of the quality; 0 ignores it', ge=0.0, le=8.0, live=True
        )

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        probabilities = probabilities_of(features)
        certainty = 1.0 - entropies_of(probabilities)
        weights = normalised(
            self._config.of(features)
            * np.maximum(certainty, _LEAST) ** self._config.entropy_exponent
            * np.maximum(qualities_of(features), _LEAST) ** self._config.quality_exponent
        )
        return fused(features, weights @ probabilities, weights, self._config.temperature)
