"""What every decision-level fusion begins with: probabilities, weights and their reliability.

Rows are modalities in sorted order, so the order in which they were found does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fer_ros.labels import softmax
from fer_ros.types import Evidence, Features, FloatArray, Fused, Modality


def newest_of(evidence: Evidence) -> dict[Modality, Features]:
    """The newest features of each modality.  Raises ValueError where there are none."""
    if not evidence:
        raise ValueError('fusion needs at least one modality')
    return {name: track[-1] for name, track in evidence.items()}


def fused(
    features: Mapping[Modality, Features],
    scores: FloatArray,
    weights: FloatArray,
    temperature: float = 1.0,
) -> Fused:
    """What a fusion answers: scores (C,), and the modalities' weights (M,) in sorted order.

    The temperature flattens (above 1) or sharpens what several modalities say together; one that
    is alone was calibrated by its own model.
    """
    counted = dict(zip(sorted(features), weights.tolist(), strict=True))
    probabilities = normalised(scores)
    if len(features) > 1 and temperature != 1.0:
        probabilities = normalised(probabilities ** (1.0 / temperature))
    return Fused(probabilities, counted)


def probabilities_of(features: Mapping[Modality, Features]) -> FloatArray:
    """Probabilities (M, C) of the modalities."""
    return np.stack([softmax(features[name].logits) for name in sorted(features)])


def log_probabilities_of(features: Mapping[Modality, Features], floor: float) -> FloatArray:
    """Logarithms (M, C) of the probabilities, none of which counts as smaller than ``floor``.

    A label that a modality does not know (a logit of -inf) counts as 1 / C: the modality says
    nothing of it, which is not the same as ruling it out.  One that nobody knows is ruled out.
    """
    logits = np.stack([features[name].logits for name in sorted(features)])
    probabilities = np.maximum(softmax(logits), np.float32(floor))
    unknown = np.isneginf(logits)
    probabilities[unknown] = 1.0 / logits.shape[1]
    probabilities[:, unknown.all(axis=0)] = np.finfo(np.float32).tiny
    result: FloatArray = np.log(probabilities)
    return result


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


def even(count: int) -> FloatArray:
    """The weights (M,) of modalities that count alike."""
    return np.full(count, 1.0 / count, dtype=np.float32)
