"""Settings that several strategies share: a temperature, and a weight for each modality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_ros.config import ConfigError, setting
from fer_ros.fusion.evidence import normalised
from fer_ros.types import Features, FloatArray, Modality


@dataclass(frozen=True)
class JointConfig:
    """How sure several modalities are together; one alone was calibrated by its own model."""

    temperature: float = setting(
        1.0,
        'Below 1 makes what several modalities say together surer, above 1 less sure',
        ge=0.1,
        le=10.0,
        live=True,
    )


@dataclass(frozen=True)
class WeightsConfig(JointConfig):
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
        check_lists(self.modalities, self.weights, 'weights')

    def of(self, features: Mapping[Modality, Features]) -> FloatArray:
        """Weights (M,) of the modalities present, in sorted order, summing to 1."""
        listed = dict(zip(self.modalities, self.weights, strict=True))
        return normalised(values_for(features, listed, self.other_weight))


def values_for(
    features: Mapping[Modality, Features], listed: Mapping[Modality, float], other: float
) -> FloatArray:
    """The value (M,) of each modality present, in sorted order."""
    return np.array([listed.get(name, other) for name in sorted(features)], dtype=np.float32)


def check_lists(modalities: tuple[str, ...], values: tuple[float, ...], what: str) -> None:
    """Raises ConfigError unless both lists fit together and no modality is named twice."""
    if len(modalities) != len(values):
        raise ConfigError(
            f'{what}: {len(values)} for {len(modalities)} modalities; '
            'both lists must have the same length'
        )
    if len(set(modalities)) != len(modalities):
        raise ConfigError(f'modalities: {list(modalities)} names one of them twice')
