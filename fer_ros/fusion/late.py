"""Decision-level fusion: each modality decides alone, then the decisions are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_ros.config import ConfigError, setting
from fer_ros.labels import softmax
from fer_ros.types import Features, FloatArray, Modality


class WeightedAverage:
    """The weighted mean of the modalities' probabilities, over those that are there."""

    @dataclass(frozen=True)
    class Config:
        """Which modality weighs how much; parallel lists, so any number of them fits."""

        modalities: tuple[str, ...] = setting(
            ('face', 'voice'), 'The modalities that the weights are for', live=True
        )
        weights: tuple[float, ...] = setting(
            (0.6, 0.4),
            'Weight of each modality, renormalised over those present',
            ge=0.0,
            live=True,
        )
        other_weight: float = setting(
            0.5, 'Weight of a modality that is not listed', ge=0.0, live=True
        )

        def __post_init__(self) -> None:
            if len(self.modalities) != len(self.weights):
                raise ConfigError(
                    f'weights: {len(self.weights)} for {len(self.modalities)} modalities; '
                    'both lists must have the same length'
                )
            if len(set(self.modalities)) != len(self.modalities):
                raise ConfigError(f'modalities: {list(self.modalities)} names one of them twice')

    def __init__(self, config: Config) -> None:
        self._weights = dict(zip(config.modalities, config.weights, strict=True))
        self._other = config.other_weight

    def fuse(self, features: Mapping[Modality, Features]) -> FloatArray:
        """See protocols.Fusion.  If all present modalities weigh zero, they weigh the same."""
        if not features:
            raise ValueError('fusion needs at least one modality')
        names = sorted(features)
        weights = np.array([self._weights.get(name, self._other) for name in names])
        if weights.sum() == 0:
            weights[:] = 1.0
        weights /= weights.sum()
        probabilities = np.stack([softmax(features[name].logits) for name in names])
        fused = weights @ probabilities
        result: FloatArray = (fused / fused.sum()).astype(np.float32)
        return result
