"""Labelled evidence of several modalities, to fit fusions on and to measure them with.

What the branches answer to each picture or clip is kept as tables, one for each modality; a clip
of the evaluation names a row of each table.  So thousands of cases, with modalities missing or
spoilt, cost no inference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_ros.types import NS_PER_S, Features, FloatArray, Modality

Ints = npt.NDArray[np.int64]
Draw = Callable[[Ints, int], Ints]
"""Draws so many of some rows."""

CLEAN, SPOILT, MISSING = 'clean', 'spoilt', 'missing'
STATES = (CLEAN, SPOILT, MISSING)


@dataclass(frozen=True, eq=False)
class Table:
    """What one branch answers to N inputs."""

    embedding: FloatArray
    """(N, T, D) of T moments, the newest last."""
    logits: FloatArray
    """(N, T, C) in the order of labels.LABELS."""
    quality: FloatArray
    """(N, T)"""
    spoilt_embedding: FloatArray
    """(N, D) of the newest moment, had the input been bad."""
    spoilt_logits: FloatArray
    """(N, C)"""
    spoilt_quality: FloatArray
    """(N,)"""
    labels: Ints
    """(N,) true label's place in labels.LABELS, -1 where it is unknown."""
    subjects: npt.NDArray[np.str_]
    """(N,) who it is; empty where nobody knows."""
    step_s: float = 0.0
    """Time between two moments."""

    def features(self, row: int, state: str) -> list[Features]:
        """The features of one input, oldest first; of a spoilt one all moments are."""
        moments = self.embedding.shape[1]
        stamps = [-round(back * self.step_s * NS_PER_S) for back in reversed(range(moments))]
        if state == SPOILT:
            bad = self.spoilt_embedding[row], self.spoilt_logits[row]
            return [Features(stamp, *bad, float(self.spoilt_quality[row])) for stamp in stamps]
        return [
            Features(stamp, *values)
            for stamp, *values in zip(
                stamps,
                self.embedding[row],
                self.logits[row],
                self.quality[row].tolist(),
                strict=True,
            )
        ]

    def taken(self, rows: Ints) -> Table:
        """The table of some of the rows."""
        arrays = {name: value[rows] for name, value in vars(self).items() if name != 'step_s'}
        return Table(**arrays, step_s=self.step_s)

    @classmethod
    def joined(cls, tables: Sequence[Table]) -> Table:
        """All rows of tables of one modality, in their order."""
        arrays = {
            name: np.concatenate([getattr(table, name) for table in tables])
            for name in vars(tables[0])
            if name != 'step_s'
        }
        return cls(**arrays, step_s=tables[0].step_s)


@dataclass(frozen=True, eq=False)
class Clips:
    """Cases of one label each, joined from rows of the tables."""

    tables: Mapping[Modality, Table]
    rows: Mapping[Modality, Ints]
    """(N,) row of each modality's table."""
    labels: Ints
    """(N,) place in labels.LABELS."""
    subjects: npt.NDArray[np.str_]
    """(N,) by whom intervals are resampled."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Sorted."""
        return tuple(sorted(self.tables))

    def evidence(self, number: int, states: Mapping[Modality, str]) -> dict[str, list[Features]]:
        """The evidence of one case; a modality is clean where ``states`` does not say."""
        found = {}
        for name in self.modalities:
            state = states.get(name, CLEAN)
            if state != MISSING:
                found[name] = self.tables[name].features(int(self.rows[name][number]), state)
        return found

    def taken(self, numbers: Ints) -> Clips:
        """Some of the cases."""
        rows = {name: rows[numbers] for name, rows in self.rows.items()}
        return Clips(self.tables, rows, self.labels[numbers], self.subjects[numbers])


def paired(
    tables: Mapping[Modality, Table], by: Modality, times: int, rng: np.random.Generator
) -> Clips:
    """Synthetic pairs: each row of modality ``by`` with rows of the same label of the others.

    Rows whose label another modality does not have are left out; each is used ``times`` times.
    """
    shared = set.intersection(*(set(table.labels.tolist()) for table in tables.values())) - {-1}
    usable = np.flatnonzero(np.isin(tables[by].labels, sorted(shared)))
    chosen = np.repeat(usable, times)
    labels = tables[by].labels[chosen]
    rows = {by: chosen}
    for name in sorted(set(tables) - {by}):
        rows[name] = partners(
            labels,
            tables[name].labels,
            lambda found, count: np.resize(rng.permutation(found), count),
        )
    return Clips(tables, rows, labels, tables[by].subjects[chosen])


def partners(wanted: Ints, labels: Ints, draw: Draw) -> Ints:
    """For each wanted label the number of a row that has it in ``labels``, as drawn."""
    rows = np.empty_like(wanted)
    for label in np.unique(wanted):
        places = np.flatnonzero(wanted == label)
        rows[places] = draw(np.flatnonzero(labels == label), len(places))
    return rows
