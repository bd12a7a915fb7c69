"""From sums to the numbers of a report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from fer_ros.evaluation import metrics
from fer_ros.evaluation.metrics import Matrix, Moments, Reliability
from fer_ros.evaluation.results import FUSED, Agreement, Bin, ClassScores, FirstCorrect, Scores
from fer_ros.evaluation.tally import StretchTally, Tally, total
from fer_ros.labels import LABELS
from fer_ros.types import NS_PER_S

DRAWS = 1000
_SEED = 0
"""The bootstrap's, so that a report comes out the same again."""
_STATISTICS = {
    'accuracy': metrics.accuracy,
    'uar': metrics.uar,
    'macro_f1': metrics.macro_f1,
}

Unit = Sequence[StretchTally]
"""What the bootstrap draws as one: the stretches of a recording, or one stretch."""


def modalities(stretches: Iterable[StretchTally]) -> list[str]:
    """Those that there are estimates of, FUSED first."""
    found = {name for stretch in stretches for name in stretch.by_modality}
    return sorted(found, key=lambda name: (name != FUSED, name))


def score(stretches: Sequence[StretchTally], modality: str) -> Scores:
    """What one modality is worth on these stretches; those without a label count for flips."""
    tally = total(s.by_modality[modality] for s in stretches if modality in s.by_modality)
    labelled = [stretch for stretch in stretches if stretch.label is not None]
    watched_ns = sum(stretch.watched_ns for stretch in labelled)
    present_ns = sum(
        s.by_modality[modality].present_ns for s in labelled if modality in s.by_modality
    )
    matrix = tally.confusion
    return Scores(
        estimates=int(matrix.sum()),
        segments=len(labelled),
        labelled_s=rounded(watched_ns / NS_PER_S, 3),
        absent=number(1 - present_ns / watched_ns) if watched_ns else None,
        accuracy=number(metrics.accuracy(matrix)),
        uar=number(metrics.uar(matrix)),
        macro_f1=number(metrics.macro_f1(matrix)),
        calibration_error=number(metrics.error_of(tally.reliability)),
        intervals={},
        flips_per_minute=_per_minute(tally),
        first_correct=_first_correct(tally.first_correct, len(labelled)),
        valence=_agreement(tally.valence),
        arousal=_agreement(tally.arousal),
        classes=_classes(matrix),
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        reliability=_bins(tally.reliability),
    )


def score_units(units: Sequence[Unit], modality: str) -> Scores:
    """As score() on all their stretches, with intervals by drawing whole units."""
    scores = score([stretch for unit in units for stretch in unit], modality)
    return replace(scores, intervals=_intervals(confusions(units, modality)))


def confusions(units: Sequence[Unit], modality: str) -> Matrix:
    """The confusion matrix (units, K, K) of each unit."""
    size = len(LABELS)
    matrices = [
        total(s.by_modality[modality] for s in unit if modality in s.by_modality).confusion
        for unit in units
    ]
    return np.array(matrices, np.int64).reshape(len(units), size, size)


def draws(units: int) -> Matrix:
    """How often each unit is drawn (DRAWS, units); the same for every modality and setting."""
    rng = np.random.default_rng(_SEED)
    return rng.multinomial(units, np.full(units, 1 / units), size=DRAWS)


def percentiles(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of bootstrap values; None where too many of them are not defined."""
    finite = [value for value in values if not math.isnan(value)]
    if len(finite) < len(values) / 2 or not finite:
        return None
    low, high = np.quantile(finite, (0.025, 0.975)).tolist()
    return rounded(low), rounded(high)


def number(value: float) -> float | None:
    """A share for the report; None for NaN."""
    return None if math.isnan(value) else rounded(value)


def rounded(value: float, digits: int = 4) -> float:
    """Short enough to read; never -0.0."""
    return round(float(value), digits) + 0.0


def _intervals(matrices: Matrix) -> dict[str, tuple[float, float]]:
    filled = matrices[matrices.sum((1, 2)) > 0]
    if len(filled) < 2:
        return {}
    drawn = np.einsum('du,ujk->djk', draws(len(filled)), filled)
    found = {
        name: percentiles([statistic(matrix) for matrix in drawn])
        for name, statistic in _STATISTICS.items()
    }
    return {name: interval for name, interval in found.items() if interval}


def _per_minute(tally: Tally) -> float | None:
    minutes = tally.stayed_ns / NS_PER_S / 60
    return rounded(tally.flips / minutes, 2) if minutes else None


def _first_correct(delays: Sequence[float], segments: int) -> FirstCorrect:
    return FirstCorrect(
        segments,
        segments - len(delays),
        rounded(median(delays), 3) if delays else None,
        rounded(max(delays), 3) if delays else None,
    )


def _agreement(moments: Moments) -> Agreement:
    return Agreement(
        int(moments[0]),
        number(metrics.concordance(moments)),
        number(metrics.root_mean_square_error(moments)),
    )


def _classes(matrix: Matrix) -> dict[str, ClassScores]:
    columns = (metrics.precisions(matrix), metrics.recalls(matrix), metrics.f1_scores(matrix))
    return {
        label: ClassScores(
            int(matrix[place].sum()),
            int(matrix[:, place].sum()),
            *(number(column[place]) for column in columns),
        )
        for place, label in enumerate(LABELS)
    }


def _bins(sums: Reliability) -> tuple[Bin, ...]:
    edges = np.linspace(0, 1, sums.shape[1] + 1)
    return tuple(
        Bin(
            rounded(edges[place]),
            rounded(edges[place + 1]),
            int(count),
            rounded(confidence / count) if count else None,
            rounded(right / count) if count else None,
        )
        for place, (count, confidence, right) in enumerate(sums.T.tolist())
    )
