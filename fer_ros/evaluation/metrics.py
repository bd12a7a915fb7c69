"""Numbers that say how good a classifier is; pure functions of arrays.

Throughout: ``probabilities`` float (N, K) with rows summing to 1, ``labels`` int (N,) in [0, K).
An example without a label is left out by the caller.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.floating]
Labels = npt.NDArray[np.integer]
Matrix = npt.NDArray[np.int64]


def confusion(probabilities: Probabilities, labels: Labels) -> Matrix:
    """Counts (K, K): rows are the true labels, columns the most probable ones."""
    classes = probabilities.shape[1]
    cells = labels.astype(np.int64) * classes + probabilities.argmax(1)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def accuracy(matrix: Matrix) -> float:
    """Share of the examples that are right; NaN where there are none."""
    return _share(int(np.trace(matrix)), int(matrix.sum()))


def recalls(matrix: Matrix) -> npt.NDArray[np.float64]:
    """Recall of each class (K,), NaN for a class that no example has."""
    totals = matrix.sum(1)
    return np.where(totals > 0, np.diag(matrix) / np.maximum(totals, 1), np.nan)


def uar(matrix: Matrix) -> float:
    """Unweighted average recall: the mean over the classes that occur."""
    found = recalls(matrix)
    present = found[~np.isnan(found)]
    return float(present.mean()) if len(present) else float('nan')


def macro_f1(matrix: Matrix) -> float:
    """Mean F1 over the classes that occur as a label or as an answer."""
    relevant = matrix.sum(0) + matrix.sum(1)
    present = relevant > 0
    scores = 2 * np.diag(matrix)[present] / relevant[present]
    return float(scores.mean()) if len(scores) else float('nan')


def negative_log_likelihood(probabilities: Probabilities, labels: Labels) -> float:
    """Mean of -log of the true label's probability."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, np.finfo(np.float32).tiny)).mean())


def calibration_error(probabilities: Probabilities, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error of the top label, bins of equal width (Guo 2017)."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(number, confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def bootstrap_interval(
    statistic: Callable[[Matrix], float],
    probabilities: Probabilities,
    labels: Labels,
    rng: np.random.Generator,
    *,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a statistic of the confusion matrix, by resampling the examples."""
    matrix = confusion(probabilities, labels)
    shares = matrix.ravel() / matrix.sum()  # resampling examples = redrawing the cells' counts
    counts = rng.multinomial(int(matrix.sum()), shares, size=draws)
    values = [statistic(count.reshape(matrix.shape)) for count in counts]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
