"""CREMA-D's votes as evidence: real pairs, since both modalities are of one person in one clip.

The people who only heard a clip are a voice branch, those who only saw it a face branch.  The
shares of their votes, smoothed, are its probabilities; its quality grows with their number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

from fer_ros.data.cremad_votes import EMOTIONS, Votes
from fer_ros.evaluation.fusion_tables import Clips, Table
from fer_ros.labels import LABELS, index_of
from fer_ros.types import FloatArray

SMOOTHING = 0.5
"""Votes added to each emotion (Jeffreys' prior), so that nobody's silence rules one out."""
HALF_TRUST = 5
"""Votes at which the quality is one half: quality = n / (n + HALF_TRUST)."""

_COLUMNS = [index_of(word) for word in EMOTIONS.values()]


def clips_of(votes: Votes, actors: Collection[str] | None = None) -> Clips:
    """The clips of some actors, or of all; a spoilt modality's voters guess."""
    asked = np.ones(len(votes.actors), bool)
    if actors is not None:
        asked = np.isin(votes.actors, sorted(actors))
    numbers = np.flatnonzero(asked)
    labels = np.array(_COLUMNS)[votes.intended[numbers]]
    rng = np.random.default_rng(0)
    tables = {
        name: _table(counts[numbers], labels, votes.actors[numbers], rng)
        for name, counts in sorted(votes.counts.items())
    }
    rows = {name: np.arange(len(numbers)) for name in tables}
    return Clips(tables, rows, labels, votes.actors[numbers])


def people(votes: Votes, actors: Collection[str] | None = None) -> Mapping[str, float]:
    """How often the majority of the people is right: of each modality, and of those with both.

    Of several emotions with equally many votes, each counts by its share.
    """
    asked = np.ones(len(votes.actors), bool)
    if actors is not None:
        asked = np.isin(votes.actors, sorted(actors))
    groups = dict(votes.counts)
    if votes.reference is not None:
        groups['both'] = votes.reference
    return {
        name: _majority(counts[asked], votes.intended[asked]) for name, counts in groups.items()
    }


def _majority(counts: npt.NDArray[np.int64], intended: npt.NDArray[np.int64]) -> float:
    leading = counts == counts.max(axis=1, keepdims=True)
    right = leading[np.arange(len(intended)), intended] / leading.sum(axis=1)
    return float(right.mean())


def _table(
    counts: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    subjects: npt.NDArray[np.str_],
    rng: np.random.Generator,
) -> Table:
    heads = counts.sum(axis=1)
    even = np.full(len(_COLUMNS), 1.0 / len(_COLUMNS))
    guessed = np.stack([rng.multinomial(count, even) for count in heads])
    shares, spoilt_shares = smoothed(counts), smoothed(guessed)
    quality = (heads / (heads + HALF_TRUST)).astype(np.float32)
    return Table(
        embedding=shares[:, None],
        logits=_logits(shares)[:, None],
        quality=quality[:, None],
        spoilt_embedding=spoilt_shares,
        spoilt_logits=_logits(spoilt_shares),
        spoilt_quality=quality,
        labels=labels,
        subjects=subjects,
    )


def smoothed(counts: npt.NDArray[np.int64]) -> FloatArray:
    """Probabilities (N, K) from counts (N, K)."""
    added = counts + SMOOTHING
    shares: FloatArray = (added / added.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _logits(shares: FloatArray) -> FloatArray:
    logits = np.full((len(shares), len(LABELS)), -np.inf, np.float32)
    logits[:, _COLUMNS] = np.log(shares)
    return logits
