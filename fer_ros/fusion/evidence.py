"""What every decision-level fusion begins with: probabilities, weights and their reliability.

Rows are modalities in sorted order, so the order in which they were found does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fer_ros.config import ConfigError
from fer_ros.labels import softmax
from fer_ros.types import Evidence, Features, FloatArray, Fused, Modality


def newest_of(evidence: Evidence) -> dict[Modality, Features]:
    """The newest features of each modality.  Raises ValueError where there are none."""
    if not evidence:
        raise ValueError('fusion needs at least one modality')
    return {name: track[-1] for name, track in evidence.items()}


def fused(
    features: Mapping[Modality, Features], probabilities: FloatArray, weights: FloatArray
) -> Fused:
    """What a fusion answers: scores (C,), and the modalities' weights (M,) in sorted order."""
    counted = dict(zip(sorted(features), weights.tolist(), strict=True))
    return Fused(normalised(probabilities), counted)


def probabilities_of(features: Mapping[Modality, Features]) -> FloatArray:
    """Probabilities (M, C) of the modalities."""
    return np.stack([softmax(features[name].logits) for name in sorted(features)])


def weights_of(
    features: Mapping[Modality, Features], listed: Mapping[Modality, float], other: float
) -> FloatArray:
    """Weights (M,) summing to 1; if all those present weigh zero, they weigh the same."""
    weights = np.array([listed.get(name, other) for name in sorted(features)], dtype=np.float64)
    return normalised(weights)


def qualities_of(features: Mapping[Modality, Features]) -> FloatArray:
    """How usable the input of each modality was, (M,) in [0, 1]."""
    return np.array([features[name].quality for name in sorted(features)], dtype=np.float32)


def entropies_of(probabilities: FloatArray) -> FloatArray:
    """Entropy (M,) of each row of probabilities (M, C) as a share of the largest possible."""
    logs = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    entropies: FloatArray = -(probabilities * logs).sum(axis=1) / np.log(probabilities.shape[1])
    return entropies.astype(np.float32)


def normalised(scores: npt.NDArray[np.floating]) -> FloatArray:
    """Scores (N,), none negative, scaled to sum to 1; uniform where all are zero."""
    total = scores.sum()
    if total <= 0:
        return np.full(len(scores), 1.0 / len(scores), dtype=np.float32)
    result: FloatArray = (scores / total).astype(np.float32)
    return result


def check_weights(modalities: tuple[str, ...], weights: tuple[float, ...]) -> None:
    """Raises ConfigError unless both lists fit together and no modality is named twice."""
    if len(modalities) != len(weights):
        raise ConfigError(
            f'weights: {len(weights)} for {len(modalities)} modalities; '
            'both lists must have the same length'
        )
    if len(set(modalities)) != len(modalities):
        raise ConfigError(f'modalities: {list(modalities)} names one of them twice')
