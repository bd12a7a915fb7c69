"""How good a fusion is when all modalities are there, and when some are missing or spoilt.

A case is fused once for each state that its modalities can be in; that a share of the cases has a
modality missing is then a choice among those answers, made by a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from fer_ros.evaluation import metrics
from fer_ros.evaluation.fusion_tables import CLEAN, MISSING, SPOILT, Clips
from fer_ros.protocols import Fusion
from fer_ros.types import FloatArray, Modality

SHARES = (0.25, 0.5, 1.0)
_DRAWS = 1000
_SEED = 0

Answers = Mapping[tuple[str, Modality], FloatArray]
"""(state, modality that is in it) -> probabilities (N, C); (CLEAN, '') where all are clean."""


@dataclass(frozen=True)
class Score:
    """The numbers of one condition."""

    accuracy: float
    uar: float
    calibration_error: float
    accuracy_95: tuple[float, float]
    """Interval by resampling the subjects."""


def conditions(clips: Clips) -> list[tuple[str, Modality, float]]:
    """(state, modality, share of the cases): all clean first."""
    rest = [
        (state, name, share)
        for name in clips.modalities
        for state in (MISSING, SPOILT)
        for share in SHARES
    ]
    return [(CLEAN, '', 0.0), *rest]


def answers(fusion: Fusion, clips: Clips) -> Answers:
    """The probabilities that a fusion gives to each case in each state."""
    found = {(CLEAN, ''): _fused(fusion, clips, {})}
    for name in clips.modalities:
        for state in (MISSING, SPOILT):
            found[state, name] = _fused(fusion, clips, {name: state})
    return found


def mixed(given: Answers, state: str, modality: Modality, share: float) -> FloatArray:
    """The answers (N, C) when a share of the cases has a modality in a state."""
    clean = given[CLEAN, '']
    if share == 0.0:
        return clean
    struck = np.random.default_rng(_SEED).permutation(len(clean)) < round(share * len(clean))
    result: FloatArray = np.where(struck[:, None], given[state, modality], clean)
    return result


def score(probabilities: FloatArray, clips: Clips) -> Score:
    """Accuracy, UAR and calibration of probabilities (N, C)."""
    matrix = metrics.confusion(probabilities, clips.labels)
    right = probabilities.argmax(axis=1) == clips.labels
    return Score(
        accuracy=metrics.accuracy(matrix),
        uar=metrics.uar(matrix),
        calibration_error=metrics.calibration_error(probabilities, clips.labels),
        accuracy_95=interval_by_subject(right, clips.subjects),
    )


def interval_by_subject(
    right: npt.NDArray[np.bool_], subjects: npt.NDArray[np.str_], level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of the share that is right, by drawing subjects with replacement."""
    _, number = np.unique(subjects, return_inverse=True)
    total, good = np.bincount(number), np.bincount(number, right)
    drawn = np.random.default_rng(_SEED).integers(len(total), size=(_DRAWS, len(total)))
    shares = good[drawn].sum(axis=1) / total[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def microseconds(
    fusion: Fusion, clips: Clips, clock: Callable[[], int] = perf_counter_ns, most: int = 300
) -> float:
    """Median time of one fusion of clean evidence."""
    spent = []
    for number in range(min(len(clips), most)):
        evidence = clips.evidence(number, {})
        start = clock()
        fusion.fuse(evidence)
        spent.append(clock() - start)
    return float(np.median(spent)) / 1000.0


def _fused(fusion: Fusion, clips: Clips, states: Mapping[Modality, str]) -> FloatArray:
    rows = [fusion.fuse(clips.evidence(n, states)).probabilities for n in range(len(clips))]
    return np.stack(rows)
