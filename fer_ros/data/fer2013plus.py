"""FER2013 pictures with the labels of FER+ and, as an alternative, the original ones.

Goodfellow 2013 (arXiv 1307.0414) collected the pictures, Barsoum 2016 (arXiv 1608.01041) had ten
people vote on each.  The tables of both are read as they are distributed (data.fer2013_csv), or
the file ``fer2013plus.npz``, which joins them with the official split:

| array | what |
|---|---|
| images | uint8 (N, 48, 48) |
| ferplus_votes | uint8 (N, 10): eight emotions, unknown, not a face |
| ferplus_label, fer_label | int8 (N,): majority of the votes, original label; -1 for none |
| split | uint8 (N,): 0 Training, 1 PublicTest (validation), 2 PrivateTest (test) |
| dup_group | the same number for pixel-identical pictures |
| dup_of_earlier_split | bool (N,): whether an earlier split has the same picture |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros.config import setting
from fer_ros.data import arrays, fer2013_csv
from fer_ros.protocols import EyePositions

FILE = 'fer2013plus.npz'
FERPLUS_LABELS = (
    'neutral',
    'happiness',
    'surprise',
    'sadness',
    'anger',
    'disgust',
    'fear',
    'contempt',
)
FER_LABELS = ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')
_SPLITS = {'train': 0, 'val': 1, 'test': 2}
_ARRAYS = (
    'images',
    'fer_label',
    'ferplus_votes',
    'ferplus_label',
    'split',
    'dup_group',
    'dup_of_earlier_split',
)
_SINGLE = 1
"""FER+ counts a label that one person alone gave as a slip."""


class Fer2013PlusError(ValueError):
    """A file that is missing or not the one this reader knows."""


class Fer2013Plus:
    """The corpus.

    A training picture that is pixel-identical to one of validation or test is left out of
    training, so neither is measured on what was learned.
    """

    colour = 'grey'
    eyes: EyePositions = ((0.31, 0.38), (0.69, 0.38))
    """Where the crops have the eyes: the medians of YuNet's landmarks on 490 of them."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies and what of it is used."""

        root: str = setting('', 'Folder of the file, or the one above it')
        labels: str = setting(
            'ferplus',
            'The votes of FER+, or the labels of FER2013',
            choices=('ferplus', 'fer2013'),
        )
        min_votes: int = setting(
            5, 'Pictures with fewer votes for an emotion are not trained on', ge=1, le=10
        )

    def __init__(self, config: Config) -> None:
        self._config = config
        self._arrays = _load(Path(config.root).expanduser())
        plus = config.labels == 'ferplus'
        self.labels: Sequence[str] = FERPLUS_LABELS if plus else FER_LABELS
        if plus and not self._arrays['ferplus_votes'].any():
            raise Fer2013PlusError(f'{config.root}: no votes; {fer2013_csv.VOTES} is missing')
        self._label = self._arrays['ferplus_label' if plus else 'fer_label'].astype(np.int64)
        self._target = self._vote_shares() if plus else _one_hot(self._label, len(self.labels))
        self._usable = self._enough_votes() if plus else self._label >= 0

    def splits(self) -> Mapping[str, Sequence[int]]:
        """Example numbers of train, val and test; no picture is in two of train and the others."""
        split, groups = self._arrays['split'], self._arrays['dup_group']
        measured = np.isin(groups, groups[split > 0])
        parts = {name: split == number for name, number in _SPLITS.items()}
        parts['train'] &= self._usable & ~measured
        return {name: [int(i) for i in np.flatnonzero(part)] for name, part in parts.items()}

    def name(self, number: int) -> str:
        """What a picture is called in reports."""
        return f'picture {number}'

    def examples(self, split: str) -> Iterator[Mapping[str, object]]:
        """The examples of a split.

        'input' uint8 (48, 48), 'target' float32 (K,), 'label' the majority's number or -1,
        'subject' None (nobody knows who is on the pictures), 'subsets' the names of the parts that
        are also reported alone: 'without_duplicates' has no copy of an earlier split's picture.
        """
        return map(self.example, self.splits()[split])

    def example(self, number: int) -> Mapping[str, object]:
        """One example; see examples()."""
        copied = self._arrays['dup_of_earlier_split'][number]
        return {
            'input': self._arrays['images'][number],
            'target': self._target[number],
            'label': int(self._label[number]),
            'subject': None,
            'subsets': frozenset() if copied else frozenset({'without_duplicates'}),
        }

    def _vote_shares(self) -> npt.NDArray[np.float32]:
        votes = self._arrays['ferplus_votes'][:, : len(FERPLUS_LABELS)].astype(np.float32)
        votes[votes <= _SINGLE] = 0.0
        total = votes.sum(1, keepdims=True)
        even = np.float32(1.0 / len(FERPLUS_LABELS))
        return np.where(total > 0, votes / np.maximum(total, 1.0), even)

    def _enough_votes(self) -> npt.NDArray[np.bool_]:
        votes = self._arrays['ferplus_votes'].astype(np.int64)
        votes[votes <= _SINGLE] = 0
        emotions = votes[:, : len(FERPLUS_LABELS)].sum(1)
        others = votes[:, len(FERPLUS_LABELS) :].sum(1)
        enough: npt.NDArray[np.bool_] = (emotions >= self._config.min_votes) & (emotions > others)
        return enough


def _one_hot(label: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.float32]:
    rows = np.vstack([np.eye(classes), np.full(classes, 1.0 / classes)])  # -1 is the even row
    return rows[label].astype(np.float32)


def _load(folder: Path) -> dict[str, npt.NDArray[Any]]:
    places = [folder / FILE, folder / 'fer2013plus' / FILE]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        table = fer2013_csv.find(folder)
        if table is None:
            wanted = ', '.join((FILE, *fer2013_csv.PIXELS))
            raise Fer2013PlusError(f'none of {wanted} in {folder} or one folder below')
        return fer2013_csv.load(table)
    return arrays.load_archive(path, _ARRAYS)
