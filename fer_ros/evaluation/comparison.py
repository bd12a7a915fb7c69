"""Whether one parameter file is really better than another on the same recordings.

Frames of one recording are alike, so counting frames would make every difference significant.
Therefore labelled stretches are compared as wholes by McNemar's exact test (a stretch is right
where its most frequent answer is), and the numbers of a report by a bootstrap that draws the same
recordings, or stretches, for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.stats import binomtest

from fer_ros.evaluation import metrics
from fer_ros.evaluation.assembly import bootstrap_units, drawn_as
from fer_ros.evaluation.results import SCHEMA
from fer_ros.evaluation.scoring import (
    Unit,
    confusions,
    draws,
    modalities,
    number,
    percentiles,
    rounded,
)
from fer_ros.labels import LABELS

COMPARISON = 'comparison.json'


@dataclass(frozen=True)
class Difference:
    """One number of the two, and how sure it is that they differ."""

    first: float | None
    other: float | None
    difference: float | None
    """other - first"""
    interval: tuple[float, float] | None
    """95 % of the difference, by paired bootstrap."""
    p: float | None
    """Two-sided, of the same draws; not below 2 / their number."""


@dataclass(frozen=True)
class Segments:
    """Labelled stretches, by which of the two read them right."""

    both: int
    only_first: int
    only_other: int
    neither: int
    p: float | None
    """McNemar's exact test, two-sided; None where they differ in no stretch."""


@dataclass(frozen=True)
class Pair:
    """One parameter file against the first one."""

    first: str
    """Name of its report's folder, as ``other``."""
    other: str
    scores: dict[str, dict[str, Difference]]
    """By modality: accuracy, uar and macro_f1."""
    segments: dict[str, Segments]
    """By modality."""


@dataclass(frozen=True)
class Comparison:
    """All that comparison.json says."""

    schema: int
    runs: tuple[str, ...]
    """Names of the folders with a report each, the first parameter file first."""
    resampled: str | None
    """As Evaluation.resampled."""
    pairs: tuple[Pair, ...]


def compare(runs: Sequence[tuple[str, Sequence[Unit]]]) -> Comparison:
    """Compare runs over the same recordings with the first of them.

    A run is its name and the labelled stretches of each recording, in the same order.
    """
    first, *others = runs
    return Comparison(
        SCHEMA,
        tuple(name for name, _ in runs),
        drawn_as(first[1]),
        tuple(_pair(first, other) for other in others),
    )


def _pair(first: tuple[str, Sequence[Unit]], other: tuple[str, Sequence[Unit]]) -> Pair:
    units = bootstrap_units(first[1]), bootstrap_units(other[1])
    names = modalities(chain(*units[0], *units[1]))
    return Pair(
        first[0],
        other[0],
        {name: _differences(*units, name) for name in names},
        {name: _segments(first[1], other[1], name) for name in names},
    )


def _differences(first: Sequence[Unit], other: Sequence[Unit], name: str) -> dict[str, Difference]:
    ours, theirs = confusions(first, name), confusions(other, name)
    known = (ours.sum((1, 2)) > 0) | (theirs.sum((1, 2)) > 0)
    ours, theirs = ours[known], theirs[known]
    statistics = {'accuracy': metrics.accuracy, 'uar': metrics.uar, 'macro_f1': metrics.macro_f1}
    drawn: list[tuple[metrics.Matrix, metrics.Matrix]] = []
    if len(ours) > 1:
        counts = draws(len(ours))
        drawn = [
            (np.tensordot(count, ours, 1), np.tensordot(count, theirs, 1)) for count in counts
        ]
    result = {}
    for key, statistic in statistics.items():
        a, b = statistic(ours.sum(0)), statistic(theirs.sum(0))
        values = [statistic(theirs_) - statistic(ours_) for ours_, theirs_ in drawn]
        interval = percentiles(values) if values else None
        result[key] = Difference(
            number(a), number(b), number(b - a), interval, _p(values) if interval else None
        )
    return result


def _p(values: Sequence[float]) -> float:
    """Twice the smaller tail of the draws' differences."""
    finite = np.array([value for value in values if not np.isnan(value)])
    tail = min(int((finite <= 0).sum()), int((finite >= 0).sum()))
    return rounded(min(1.0, 2 * max(tail, 1) / len(finite)), 4)


def _segments(first: Sequence[Unit], other: Sequence[Unit], name: str) -> Segments:
    pairs = [(a, b) for a, b in zip(_right(first, name), _right(other, name), strict=True)]
    only_first = sum(a and not b for a, b in pairs)
    only_other = sum(b and not a for a, b in pairs)
    differing = only_first + only_other
    p = float(binomtest(only_first, differing).pvalue) if differing else None
    return Segments(
        sum(a and b for a, b in pairs),
        only_first,
        only_other,
        sum(not a and not b for a, b in pairs),
        None if p is None else rounded(p, 6),
    )


def _right(units: Sequence[Unit], name: str) -> list[bool]:
    """For each labelled stretch, whether its most frequent answer is right."""
    result = []
    for stretch in chain.from_iterable(units):
        if stretch.label is None:
            continue
        tally = stretch.by_modality.get(name)
        answers = tally.confusion[LABELS.index(stretch.label)] if tally else np.zeros(1)
        result.append(bool(answers.any()) and LABELS[int(answers.argmax())] == stretch.label)
    return result
