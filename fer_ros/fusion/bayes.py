"""Bayes' rule with what each modality is known to confuse.

The naive Bayes combination of Xu, Krzyzak and Suen, IEEE Trans. SMC 22(3), 1992, on soft
decisions: a modality's probabilities are shares of decisions, each of which is as likely as the
modality's confusion matrix says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_ros.fusion.evidence import newest_of, probabilities_of
from fer_ros.fusion.fitted import FittedFusion, FusionModelError, ModelConfig, Subset
from fer_ros.types import Evidence, FloatArray, Modality


def log_likelihood(
    probabilities: FloatArray, log_confusion: FloatArray, sharpness: float
) -> FloatArray:
    """Log-likelihood (..., K) of each label from a modality's probabilities (..., C).

    ``log_confusion`` (K, C) has the logarithms of how often the modality decides for each of the C
    labels where one of the K is true; ``sharpness`` is the number of independent decisions that
    one answer is worth.
    """
    result: FloatArray = np.float32(sharpness) * (probabilities @ log_confusion.T)
    return result


class Bayes(FittedFusion):
    """The posterior of the labels from confusion matrices and a prior."""

    name = 'bayes'

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        arrays = self._arrays()
        try:
            self._log_prior: FloatArray = arrays['log_prior']
            self._confusion: dict[Modality, FloatArray] = {
                modality: arrays[f'{modality}.log_confusion'] for modality in self.sizes
            }
            self._sharpness = {m: float(arrays[f'{m}.sharpness'][0]) for m in self.sizes}
        except (LookupError, TypeError) as error:
            raise FusionModelError(f'{self.card.name} lacks an array: {error!r}') from error
        self._try()

    def _logits(self, evidence: Evidence, subsets: Sequence[Subset]) -> FloatArray:
        features = newest_of(evidence)
        rows = dict(zip(sorted(features), probabilities_of(features), strict=True))
        likelihood = {
            name: log_likelihood(rows[name], self._confusion[name], self._sharpness[name])
            for name in features
            if name in self._confusion
        }
        scores = [
            self._log_prior + np.sum([likelihood[name] for name in subset], axis=0)
            for subset in subsets
        ]
        return np.stack(scores).astype(np.float32)
