"""Stacking: a small combiner learns from the modalities' answers what is true.

Wolpert, Stacked Generalization, Neural Networks 5, 1992.  It is a logistic regression on the
logarithms, the square roots and the probabilities themselves, which together bend as the evidence
of a few voters or of an over-confident net does.  Every subset of the modalities has a regression
of its own, so none suffers from what another one lacks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_ros.fusion.evidence import newest_of
from fer_ros.fusion.fitted import FLOOR, FittedFusion, ModelConfig, Subset
from fer_ros.labels import softmax
from fer_ros.types import Evidence, Features, FloatArray


def described(logits: FloatArray, quality: FloatArray) -> FloatArray:
    """What the combiner sees (N, 4 * C + 1) of logits (N, C) and qualities (N,) of a modality."""
    probabilities = softmax(logits)
    logs = np.log(np.maximum(probabilities, np.float32(FLOOR)))
    trust = quality[:, None].astype(np.float32)
    return np.concatenate(
        (logs, probabilities, np.sqrt(probabilities), trust * logs, trust), axis=1
    )


def key_of(subset: Subset) -> str:
    """The name of a subset in the weights file; its modalities are sorted."""
    return '+'.join(subset)


class Stacking(FittedFusion):
    """A logistic regression for each subset of the modalities."""

    name = 'stacking'

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self._parameters = self._arrays()
        self._try()

    def _logits(self, evidence: Evidence, subsets: Sequence[Subset]) -> FloatArray:
        seen = {name: _seen(features) for name, features in newest_of(evidence).items()}
        rows = []
        for subset in subsets:
            key = key_of(subset)
            inputs = np.concatenate([seen[name] for name in subset])
            rows.append(
                self._parameters[f'{key}.weight'] @ inputs + self._parameters[f'{key}.bias']
            )
        return np.stack(rows)


def _seen(features: Features) -> FloatArray:
    quality = np.array([features.quality], dtype=np.float32)
    rows = described(features.logits[None], quality)
    return rows.reshape(-1)
