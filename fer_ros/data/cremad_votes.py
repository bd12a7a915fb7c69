"""The votes on CREMA-D: how many people heard or saw which emotion in each clip.

Cao et al. 2014, doi 10.1109/TAFFC.2014.2336244; ODbL.  One row of the file for each clip:
``clip, actor, sex, intended`` (one of A D F H N S) and the counts ``voice_A ... voice_S`` of those
who only heard it, ``face_A ... face_S`` of those who only saw it, ``av_A ... av_S`` of those who
did both.  Other columns are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_ros import yaml_files
from fer_ros.resources import share_file
from fer_ros.types import FACE, VOICE, Modality

FILE = 'cremad_votes.csv'
FOLDS = 'config/folds/cremad_votes.yaml'
EMOTIONS = {
    'A': 'angry',
    'D': 'disgusted',
    'F': 'scared',
    'H': 'happy',
    'N': 'neutral',
    'S': 'sad',
}
"""The letters of the columns, in their order, and what they mean."""
SPLITS = ('train', 'val', 'test')
_REFERENCE = 'av'


class CremadVotesError(ValueError):
    """A file that is missing or has another layout, or folds that share an actor."""


@dataclass(frozen=True, eq=False)
class Votes:
    """The content of the file."""

    actors: npt.NDArray[np.str_]
    """(N,)"""
    sexes: npt.NDArray[np.str_]
    """(N,) as the file says it, empty where it does not."""
    intended: npt.NDArray[np.int64]
    """(N,) place of the meant emotion in EMOTIONS."""
    counts: Mapping[Modality, npt.NDArray[np.int64]]
    """(N, 6) votes of those who only saw (face) or only heard (voice)."""
    reference: npt.NDArray[np.int64] | None
    """(N, 6) votes of those who saw and heard, None where the file has none."""


def read(path: Path) -> Votes:
    """The votes in a file, or in the one below a folder.  Raises CremadVotesError."""
    places = [path, path / FILE, path / 'cremad_votes' / FILE]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise CremadVotesError(f'no {FILE} in {path} nor in {path / "cremad_votes"}')
    with file.open(newline='', encoding='utf-8') as opened:
        rows = list(csv.DictReader(opened))
    try:
        return _votes(rows)
    except (KeyError, ValueError, TypeError) as error:
        raise CremadVotesError(f'{file}: not a file of votes ({error!r})') from error


def fold_file() -> dict[str, frozenset[str]]:
    """The actors of 'train', 'val' and 'test' in the package's fold file.

    Raises CremadVotesError where an actor is in two of them.
    """
    told = yaml_files.read(share_file(FOLDS))
    folds = {split: frozenset(map(str, told[split])) for split in SPLITS}
    if sum(map(len, folds.values())) > len(frozenset().union(*folds.values())):
        raise CremadVotesError(f'{FOLDS}: an actor is in two splits')
    return folds


def _votes(rows: list[dict[str, str]]) -> Votes:
    if not rows:
        raise ValueError('it has no rows')
    letters = list(EMOTIONS)
    counts = {name: _counts(rows, name) for name in (FACE, VOICE)}
    for name, table in counts.items():
        if (table < 0).any() or (table.sum(axis=1) == 0).any():
            raise ValueError(f'a clip without a vote, or with less than none, of {name}')
    return Votes(
        actors=np.array([row['actor'] for row in rows]),
        sexes=np.array([row.get('sex', '') for row in rows]),
        intended=np.array([letters.index(row['intended']) for row in rows]),
        counts=counts,
        reference=_counts(rows, _REFERENCE) if f'{_REFERENCE}_A' in rows[0] else None,
    )


def _counts(rows: list[dict[str, str]], name: str) -> npt.NDArray[np.int64]:
    return np.array([[int(row[f'{name}_{letter}']) for letter in EMOTIONS] for row in rows])
