"""The product rule as a logarithmic opinion pool.

Kittler et al., On Combining Classifiers, IEEE TPAMI 20(3), 1998; Genest and Zidek, Combining
Probability Distributions, Statistical Science 1(1), 1986.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_ros.config import ConfigError, setting
from fer_ros.fusion.evidence import fused, log_probabilities_of, newest_of, probabilities_of
from fer_ros.fusion.weights import WeightsConfig
from fer_ros.labels import LABELS, index_of
from fer_ros.types import Evidence, FloatArray, Fused


class Product:
    """The weighted product of the probabilities.

    Right where the modalities err independently: then a temperature of 1 / M (M modalities of the
    same weight) is Bayes' rule.  A temperature of 1 pools opinions: as sharp as the modalities
    are.  One modality alone keeps its own probabilities.
    """

    @dataclass(frozen=True)
    class Config(WeightsConfig):
        """Weights, a floor, and what all modalities assume beforehand."""

        weights: tuple[float, ...] = setting(
            (0.5, 0.5),
            'Weight of each modality, renormalised over those present',
            ge=0.0,
            live=True,
        )
        temperature: float = setting(
            0.5,
            '1 / M takes M modalities for independent, 1 for saying the same, more is less sure',
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
        prior_labels: tuple[str, ...] = setting(
            (), 'Labels whose prior is given; the others share the rest evenly', live=True
        )
        priors: tuple[float, ...] = setting(
            (),
            'Prior of each of them, which every modality has in it and which counts once',
            ge=1e-3,
            le=1.0,
            live=True,
        )

        def __post_init__(self) -> None:
            super().__post_init__()
            if len(self.prior_labels) != len(self.priors):
                raise ConfigError(
                    f'priors: {len(self.priors)} for {len(self.prior_labels)} labels; '
                    'both lists must have the same length'
                )
            _prior(self.prior_labels, self.priors)

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._config = config
        self._log_prior = np.log(_prior(config.prior_labels, config.priors))

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        features = newest_of(evidence)
        weights = self._config.of(features)
        if len(features) == 1:
            return fused(features, probabilities_of(features)[0], weights)
        logs = log_probabilities_of(features, self._config.floor)
        gained = weights @ (logs - self._log_prior) / np.float32(self._config.temperature)
        pooled = self._log_prior + gained
        return fused(features, np.exp(pooled - pooled.max()), weights)


def _prior(labels: tuple[str, ...], values: tuple[float, ...]) -> FloatArray:
    """The prior (C,) of every label.  Raises ConfigError where nothing is left for the others."""
    given = {index_of(label): value for label, value in zip(labels, values, strict=True)}
    if len(given) < len(labels):
        raise ConfigError(f'prior_labels: {list(labels)} names one of them twice')
    others = len(LABELS) - len(given)
    left = 1.0 - sum(values)
    if (others and left <= 0) or (not others and abs(left) > 1e-3):
        raise ConfigError(f'priors: {list(values)} must sum to 1 over all labels')
    rest = left / others if others else 0.0
    return np.array([given.get(i, rest) for i in range(len(LABELS))], dtype=np.float32)
