"""Temperature scaling (Guo 2017, arXiv 1706.04599): one number that makes confidence honest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from fer_ros.evaluation.metrics import negative_log_likelihood
from fer_ros.labels import softmax
from fer_ros.types import FloatArray

_LOWEST, _HIGHEST = 0.05, 20.0


def fit_temperature(logits: FloatArray, labels: npt.NDArray[np.int64]) -> float:
    """The temperature by which to divide logits (N, K) so that the labels (N,) are likeliest."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax((logits / np.exp(log_temperature)).astype(np.float32))
        return negative_log_likelihood(probabilities, labels)

    bounds = (float(np.log(_LOWEST)), float(np.log(_HIGHEST)))
    found = minimize_scalar(loss, bounds=bounds, method='bounded')
    return float(np.exp(found.x))
