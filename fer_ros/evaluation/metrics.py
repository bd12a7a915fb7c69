"""Numbers that say how good a classifier is; pure functions of arrays.

Throughout: ``probabilities`` float (N, K) with rows summing to 1, ``labels`` int (N,) in [0, K).
An example without a label is left out by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.floating]
Labels = npt.NDArray[np.integer]
Matrix = npt.NDArray[np.int64]
Reliability = npt.NDArray[np.float64]
Moments = npt.NDArray[np.float64]
"""Number of pairs x, y, and the sums of x, y, x², y², x·y."""
_NO_SPREAD = 1e-12


def confusion(probabilities: Probabilities, labels: Labels) -> Matrix:
    """Counts (K, K): rows are the true labels, columns the most probable ones."""
    classes = probabilities.shape[1]
    cells = labels.astype(np.int64) * classes + probabilities.argmax(1)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def precisions(matrix: Matrix) -> npt.NDArray[np.float64]:
    """Precision of each class (K,), NaN for a class that nobody answered."""
    return recalls(matrix.T)


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
    scores = f1_scores(matrix)
    present = scores[~np.isnan(scores)]
    return float(present.mean()) if len(present) else float('nan')


def f1_scores(matrix: Matrix) -> npt.NDArray[np.float64]:
    """F1 of each class (K,), NaN for a class that is neither a label nor an answer."""
    relevant = matrix.sum(0) + matrix.sum(1)
    return np.where(relevant > 0, 2 * np.diag(matrix) / np.maximum(relevant, 1), np.nan)


def negative_log_likelihood(probabilities: Probabilities, labels: Labels) -> float:
    """Mean of -log of the true label's probability."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, np.finfo(np.float32).tiny)).mean())


def calibration_error(probabilities: Probabilities, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error of the top label, bins of equal width (Guo 2017)."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    return error_of(reliability(confidence, right, bins))


def reliability(
    confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], bins: int = 15
) -> Reliability:
    """Counts, summed confidence and rights (3, bins) of answers (N,), bins of equal width.

    Such sums of several sets add up to that of all of them.
    """
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    weights = (np.ones(len(number)), confidence, right)
    return np.array([np.bincount(number, weight, minlength=bins) for weight in weights])


def error_of(sums: Reliability) -> float:
    """The expected calibration error of what reliability() gave; NaN where there is nothing."""
    count, confidence, right = sums
    total = count.sum()
    return float(np.abs(confidence - right).sum() / total) if total else float('nan')


def agreement(truth: float, estimate: float) -> Moments:
    """The moments (6,) of one pair; those of several pairs add up."""
    return np.array([1.0, truth, estimate, truth**2, estimate**2, truth * estimate])


def concordance(moments: Moments) -> float:
    """Lin's concordance correlation coefficient (1989) of summed moments.

    NaN for fewer than two pairs, or where neither side varies.
    """
    count = moments[0]
    if count < 2:
        return float('nan')
    x, y, xx, yy, xy = (moments[1:] / count).tolist()
    spread = (xx - x * x) + (yy - y * y) + (x - y) ** 2
    return 2 * (xy - x * y) / spread if spread > _NO_SPREAD else float('nan')


def root_mean_square_error(moments: Moments) -> float:
    """Of summed moments; NaN for no pairs."""
    if not moments[0]:
        return float('nan')
    squares = (moments[3] + moments[4] - 2 * moments[5]) / moments[0]
    return math.sqrt(max(0.0, float(squares)))


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
