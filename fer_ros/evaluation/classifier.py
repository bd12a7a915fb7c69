"""All that is reported of a classifier on one set of examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_ros.evaluation import metrics
from fer_ros.evaluation.metrics import Labels, Matrix
from fer_ros.labels import softmax
from fer_ros.types import FloatArray

_SEED = 0
"""The bootstrap's, so that a report comes out the same again."""


def report(
    logits: FloatArray, labels: Labels, names: Sequence[str], temperature: float = 1.0
) -> dict[str, Any]:
    """Plain numbers, shares rounded to 4 digits, of calibrated logits (N, K) and labels (N,).

    ``temperature`` is the one the logits were divided by already: it is taken back for the
    calibration error without scaling.
    """
    probabilities = softmax(logits)
    raw = softmax((logits * temperature).astype(np.float32))
    matrix = metrics.confusion(probabilities, labels)

    def interval(statistic: Any) -> list[float]:
        rng = np.random.default_rng(_SEED)
        low, high = metrics.bootstrap_interval(statistic, probabilities, labels, rng)
        return [_round(low), _round(high)]

    return {
        'examples': len(labels),
        'accuracy': _round(metrics.accuracy(matrix)),
        'accuracy_95': interval(metrics.accuracy),
        'uar': _round(metrics.uar(matrix)),
        'uar_95': interval(metrics.uar),
        'macro_f1': _round(metrics.macro_f1(matrix)),
        'calibration_error': _round(metrics.calibration_error(probabilities, labels)),
        'calibration_error_before_scaling': _round(metrics.calibration_error(raw, labels)),
        'recalls': _recalls(matrix, names),
    }


def _recalls(matrix: Matrix, names: Sequence[str]) -> dict[str, float | None]:
    values = zip(names, metrics.recalls(matrix), strict=True)
    return {name: None if math.isnan(value) else _round(value) for name, value in values}


def _round(value: float) -> float:
    return round(float(value), 4)
