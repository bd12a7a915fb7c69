"""FER2013 and FER+ as they are distributed: tables of pixels and of votes.

``fer2013.csv`` (emotion, pixels, Usage) or ``icml_face_data.csv`` (the same columns, other order)
of the Kaggle challenge; beside it, for the votes, ``fer2013new.csv`` of microsoft/FERPlus, whose
rows are in the same order.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PIXELS = ('fer2013.csv', 'icml_face_data.csv')
VOTES = 'fer2013new.csv'
_USAGES = ('Training', 'PublicTest', 'PrivateTest')
_EDGE = 48
_EMOTIONS = 8
"""Votes that are emotions; behind them are unknown and not a face."""
_VOTED = (
    *('neutral', 'happiness', 'surprise', 'sadness', 'anger', 'disgust', 'fear', 'contempt'),
    *('unknown', 'NF'),
)
_IMAGE_NAME = 'Image name'

Array = npt.NDArray[Any]


class Fer2013CsvError(ValueError):
    """Tables that are not those of the challenge, or do not belong together."""


def find(folder: Path) -> Path | None:
    """The table of pixels in a folder, or one folder below."""
    for name in PIXELS:
        for path in (folder / name, *sorted(folder.glob(f'*/{name}'))):
            if path.is_file():
                return path
    return None


def load(path: Path) -> dict[str, Array]:
    """The arrays of fer2013plus.npz, see data.fer2013plus, from a table of pixels.

    Rows that FER+ gives no name (no faces) are left out.  Without FER+ all votes are 0 and its
    label is -1.  Raises Fer2013CsvError.
    """
    rows = list(_rows(path))
    votes_file = path.with_name(VOTES)
    votes = list(_rows(votes_file)) if votes_file.is_file() else None
    if votes is not None and len(votes) != len(rows):
        raise Fer2013CsvError(f'{votes_file}: {len(votes)} rows for {len(rows)} pictures')
    if votes is not None:
        named = [number for number, row in enumerate(votes) if row[_IMAGE_NAME].strip()]
        rows, votes = [rows[n] for n in named], [votes[n] for n in named]
    try:
        images = np.stack([_picture(row['pixels']) for row in rows])
        label = np.array([int(row['emotion']) for row in rows], np.int8)
        split = np.array([_USAGES.index(row['Usage'].strip()) for row in rows], np.uint8)
        counts = np.array(
            [[int(row[word]) for word in _VOTED] for row in votes]
            if votes is not None
            else np.zeros((len(rows), len(_VOTED))),
            np.uint8,
        )
    except (KeyError, ValueError) as error:
        raise Fer2013CsvError(f'{path}: not a table of FER2013: {error!r}') from error
    group = duplicate_groups(images)
    return {
        'images': images,
        'fer_label': _agreed(label, group),
        'ferplus_votes': counts,
        'ferplus_label': majority(counts),
        'split': split,
        'dup_group': group,
        'dup_of_earlier_split': split > _earliest(split, group),
    }


def majority(votes: Array) -> npt.NDArray[np.int8]:
    """FER+'s label (N,) of votes (N, 10): more than half of them without single ones, else -1."""
    counted = np.where(votes > 1, votes, 0).astype(np.int64)
    best = counted.argmax(1)
    clear = 2 * counted.max(1) > counted.sum(1)
    return np.where(clear & (best < _EMOTIONS), best, -1).astype(np.int8)


def duplicate_groups(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """The same number (N,) for pixel-identical pictures: that of the first of them."""
    first: dict[bytes, int] = {}
    return np.array(
        [first.setdefault(image.tobytes(), number) for number, image in enumerate(images)],
        np.int32,
    )


def _agreed(label: npt.NDArray[np.int8], group: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """Labels, -1 where pixel-identical pictures have different ones."""
    lowest = np.full(len(label), np.iinfo(np.int8).max, np.int8)
    highest = np.full(len(label), np.iinfo(np.int8).min, np.int8)
    np.minimum.at(lowest, group, label)
    np.maximum.at(highest, group, label)
    return np.where(lowest[group] == highest[group], label, -1).astype(np.int8)


def _earliest(split: npt.NDArray[np.uint8], group: npt.NDArray[np.int32]) -> Array:
    earliest = np.full(len(split), len(_USAGES), np.uint8)
    np.minimum.at(earliest, group, split)
    return earliest[group]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline='', encoding='utf-8-sig') as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def _picture(pixels: str) -> npt.NDArray[np.uint8]:
    return np.array(pixels.split(), np.uint8).reshape(_EDGE, _EDGE)
