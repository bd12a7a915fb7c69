"""Decision-level fusion: each modality decides alone, then the decisions are joined.

The rules are those of Kittler et al., On Combining Classifiers, IEEE TPAMI 20(3), 1998, with
weights, so that a modality known to be better counts for more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.fusion.evidence import (
    check_weights,
    entropies_of,
    fused,
    newest_of,
    normalised,
    probabilities_of,
    qualities_of,
    weights_of,
)
from fer_ros.types import Evidence, Features, FloatArray, Fused, Modality


@dataclass(frozen=True)
class WeightsConfig:
    """Which modality weighs how much; parallel lists, so any number of them fits."""

    modalities: tuple[str, ...] = setting(
        ('face', 'voice'), 'The modalities that the weights are for', live=True
    )
    weights: tuple[float, ...] = setting(
        (0.6, 0.4), 'Weight of each modality, renormalised over those present', ge=0.0, live=True
    )
    other_weight: float = setting(
        0.5, 'Weight of a modality that is not listed', ge=0.0, live=True
    )

    def __post_init__(self) -> None:
        check_weights(self.modalities, self.weights)

    def of(self, features: Mapping[Modality, Features]) -> FloatArray:
        """Weights (M,) of the modalities present, in sorted order, summing to 1."""
        listed = dict(zip(self.modalities, self.weights, strict=True))
        return weights_of(features, listed, self.other_weight)


class WeightedAverage:
    """The weighted mean of the modalities' probabilities (sum rule)."""

    Config = WeightsConfig

    memory_s = 0.0

    def __init__(self, config: WeightsConfig) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        weights = self._config.of(features)
        return fused(features, weights @ probabilities_of(features), weights)


class Voting:
    """Each modality votes with its weight for the label it finds most probable.

    Equal votes go to the label with the larger mean probability, by a share too small to matter
    otherwise.
    """

    Config = WeightsConfig
    _TIE_BREAK = 1e-3

    memory_s = 0.0

    def __init__(self, config: WeightsConfig) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion; the probabilities are the shares of the vote."""
        features = newest_of(evidence)
        probabilities = probabilities_of(features)
        votes = np.zeros_like(probabilities)
        votes[np.arange(len(votes)), probabilities.argmax(axis=1)] = 1.0
        weights = self._config.of(features)
        shares = weights @ votes + self._TIE_BREAK * probabilities.mean(axis=0)
        return fused(features, shares, weights)


class Product:
    """The weighted product of the probabilities (logarithmic opinion pool).

    Right where the modalities err independently (product rule), which sharpens agreement; with
    weights that sum to 1 it stays as sharp as the modalities are.
    """

    @dataclass(frozen=True)
    class Config(WeightsConfig):
        """Weights, sharpness and a floor."""

        sharpness: float = setting(
            1.0,
            'Factor on the weights: 1 pools opinions, the number of modalities multiplies them',
            ge=0.1,
            le=10.0,
            live=True,
        )
        floor: float = setting(
            0.01,
            'A smaller probability counts as this, so that no modality alone rules a label out',
            ge=1e-6,
            le=0.1,
            live=True,
        )

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        logs = np.log(np.maximum(probabilities_of(features), self._config.floor))
        weights = self._config.of(features)
        pooled = self._config.sharpness * (weights @ logs)
        return fused(features, np.exp(pooled - pooled.max()), weights)


_REDUCE: dict[str, Callable[[FloatArray], FloatArray]] = {
    'max': lambda rows: rows.max(axis=0),
    'min': lambda rows: rows.min(axis=0),
    'median': lambda rows: np.median(rows, axis=0),
}


class OrderStatistic:
    """The largest, smallest or median probability that any modality gives a label."""

    @dataclass(frozen=True)
    class Config:
        """Which of them."""

        rule: str = setting(
            'median', 'Which of the probabilities', choices=tuple(_REDUCE), live=True
        )

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._reduce = _REDUCE[config.rule]

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        alike = normalised(np.ones(len(features)))
        return fused(features, self._reduce(probabilities_of(features)), alike)


class Confidence:
    """A weighted average in which an unsure modality, or one of poor input, counts for less.

    The weight is multiplied by the quality of the input and by 1 - H / log C, where H is the
    entropy of the modality's probabilities.
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
            * np.maximum(certainty, 1e-3) ** self._config.entropy_exponent
            * np.maximum(qualities_of(features), 1e-3) ** self._config.quality_exponent
        )
        return fused(features, weights @ probabilities, weights)
