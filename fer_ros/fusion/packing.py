"""Evidence as one array, which networks for fusion read; live and in training the same.

A row is one moment of one modality: whether it is there, its age, its quality, its
log-probabilities and its embedding, filled up with zeros to the longest embedding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fer_ros.fusion.evidence import log_probabilities_of
from fer_ros.fusion.fitted import FLOOR, Subset
from fer_ros.labels import LABELS
from fer_ros.types import NS_PER_S, Evidence, Features, FloatArray, Modality

PRESENT, AGE_S, QUALITY, LOGS = 0, 1, 2, 3
"""Columns of a row; the log-probabilities begin at LOGS."""
EMBEDDING = LOGS + len(LABELS)
"""The column at which the embedding begins."""


def row_width(sizes: Mapping[Modality, int]) -> int:
    """Columns of a row for embeddings of those sizes."""
    return EMBEDDING + max(sizes.values())


def thinned(track: Sequence[Features], steps: int) -> Sequence[Features]:
    """At most ``steps`` of them, spread evenly over the whole, the newest always."""
    if len(track) <= steps:
        return track
    ages = np.linspace(0, len(track) - 1, steps).round().astype(int)
    return [track[-1 - age] for age in reversed(ages.tolist())]


def pack(
    evidence: Evidence, subsets: Sequence[Subset], sizes: Mapping[Modality, int], steps: int
) -> FloatArray:
    """Rows (S, M, steps, row_width(sizes)) of each subset; modalities sorted, the newest last.

    Ages are in seconds before the newest of all.  Raises ValueError for an embedding of a length
    that is not the modality's in ``sizes``.
    """
    packed = np.zeros((len(subsets), len(sizes), steps, row_width(sizes)), np.float32)
    known = {name: thinned(evidence[name], steps) for name in sizes if name in evidence}
    newest_ns = max(track[-1].stamp_ns for track in known.values())
    for number, name in enumerate(sizes):
        if name not in known:
            continue
        rows = np.stack([_row(f, name, sizes, newest_ns) for f in known[name]])
        for place, subset in enumerate(subsets):
            if name in subset:
                packed[place, number, steps - len(rows) :] = rows
    return packed


def _row(
    features: Features, name: Modality, sizes: Mapping[Modality, int], newest_ns: int
) -> FloatArray:
    size = len(features.embedding)
    if size != sizes[name]:
        raise ValueError(f'the embedding of {name} has {size} numbers, must have {sizes[name]}')
    row = np.zeros(row_width(sizes), np.float32)
    row[:LOGS] = 1.0, (newest_ns - features.stamp_ns) / NS_PER_S, features.quality
    row[LOGS:EMBEDDING] = log_probabilities_of({name: features}, FLOOR)[0]
    row[EMBEDDING : EMBEDDING + size] = features.embedding
    return row
