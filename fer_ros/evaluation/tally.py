"""Sums from which all numbers of a report follow.

They add up: over the stretches of a recording, over recordings, over what a bootstrap draws.  So a
report of thousands of recordings needs no more memory than one of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from fer_ros.evaluation import metrics
from fer_ros.evaluation.metrics import Matrix, Moments, Reliability
from fer_ros.labels import LABELS, index_of
from fer_ros.types import Estimate

BINS = 15
"""Of the reliability diagram."""


def _no_counts() -> Matrix:
    return np.zeros((len(LABELS), len(LABELS)), np.int64)


def _no_reliability() -> Reliability:
    return np.zeros((3, BINS))


def _no_moments() -> Moments:
    return np.zeros(6)


@dataclass
class Tally:
    """The estimates of one modality in one labelled stretch, or in several."""

    confusion: Matrix = field(default_factory=_no_counts)
    reliability: Reliability = field(default_factory=_no_reliability)
    present_ns: int = 0
    """How long there was an estimate."""
    flips: int = 0
    stayed_ns: int = 0
    """How long the truth stayed while there were estimates."""
    first_correct: list[float] = field(default_factory=list)
    """For each stretch that was read right: how many seconds after its start."""
    valence: Moments = field(default_factory=_no_moments)
    arousal: Moments = field(default_factory=_no_moments)

    def add(self, estimate: Estimate, label: str) -> bool:
        """Compare an estimate with the truth; whether it is right."""
        self.confusion[index_of(label), index_of(estimate.label)] += 1
        right = estimate.label == label
        confidence = np.array([estimate.confidence])
        self.reliability += metrics.reliability(confidence, np.array([right]), BINS)
        return right

    def add_affect(self, estimate: Estimate, valence: float | None, arousal: float | None) -> None:
        """Compare valence and arousal with the truth, where both sides have them."""
        if valence is not None and estimate.valence is not None:
            self.valence += metrics.agreement(valence, estimate.valence)
        if arousal is not None and estimate.arousal is not None:
            self.arousal += metrics.agreement(arousal, estimate.arousal)

    def merge(self, other: Tally) -> None:
        """Add up."""
        self.confusion += other.confusion
        self.reliability += other.reliability
        self.present_ns += other.present_ns
        self.flips += other.flips
        self.stayed_ns += other.stayed_ns
        self.first_correct += other.first_correct
        self.valence += other.valence
        self.arousal += other.arousal


@dataclass
class StretchTally:
    """All modalities in one labelled stretch; ``label`` is None for what has no label."""

    label: str | None
    group: str | None
    watched_ns: int = 0
    """How long frames or sound were looked at in it."""
    by_modality: dict[str, Tally] = field(default_factory=dict)

    def of(self, modality: str) -> Tally:
        """The tally of a modality, which is made when it is first asked for."""
        return self.by_modality.setdefault(modality, Tally())


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies, which stay as they are."""
    result = Tally()
    for tally in tallies:
        result.merge(tally)
    return result
