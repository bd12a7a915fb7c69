"""The weighted mean of the modalities' probabilities: the sum rule.

Kittler et al., On Combining Classifiers, IEEE TPAMI 20(3), 1998, with weights, so that a modality
known to be better counts for more.
"""

from __future__ import annotations

from fer_ros.fusion.evidence import fused, newest_of, probabilities_of
from fer_ros.fusion.weights import WeightsConfig
from fer_ros.types import Evidence, Fused


class WeightedAverage:
    """The weighted mean of the probabilities."""

    Config = WeightsConfig

    memory_s = 0.0

    def __init__(self, config: WeightsConfig) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        weights = self._config.of(features)
        scores = weights @ probabilities_of(features)
        return fused(features, scores, weights, self._config.temperature)
