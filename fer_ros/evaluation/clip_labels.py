"""The labels of a corpus from one table: which clip shows what, and when."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from fer_ros.evaluation.bag_writing import LabelChange
from fer_ros.evaluation.clips import Clip
from fer_ros.labels import LabelError, canonical
from fer_ros.types import NS_PER_S

_FILE_COLUMNS = ('file', 'clip', 'recording')
_LABEL_COLUMNS = ('label', 'emotion', 'expression')


class ClipLabelsError(ValueError):
    """A table of labels that cannot be used."""


@dataclass(frozen=True)
class Stretch:
    """A part of a clip with one label."""

    start: float
    """Seconds after the clip's beginning."""
    end: float | None
    """None for the end of the clip."""
    label: str


class ClipLabels:
    """Labels by clip.  Corpora name a clip in more than one way: with its folders and ending, or
    without one or both of them.
    """

    def __init__(self, by_name: Mapping[str, Sequence[Stretch]]) -> None:
        self._by_name = by_name

    @classmethod
    def read(cls, path: Path) -> ClipLabels:
        """A CSV file with the columns file and label, and start and end (s) if there are several.

        Words of other vocabularies are understood.  Raises ClipLabelsError, naming the line.
        """
        by_name: dict[str, list[Stretch]] = {}
        with path.open(newline='', encoding='utf-8-sig') as file:
            rows = csv.DictReader(file)
            columns = rows.fieldnames or []
            name_column = _one_of(_FILE_COLUMNS, columns, path)
            label_column = _one_of(_LABEL_COLUMNS, columns, path)
            for row in rows:
                try:
                    stretch = _stretch(row, label_column)
                except (LabelError, ValueError) as error:
                    raise ClipLabelsError(f'{path}, line {rows.line_num}: {error}') from error
                by_name.setdefault(row[name_column], []).append(stretch)
        for name, stretches in by_name.items():
            stretches.sort(key=lambda stretch: stretch.start)
            for before, after in pairwise(stretches):
                if before.end is None or after.start < before.end:
                    raise ClipLabelsError(f'{path}: labels of {name} overlap at {after.start:g} s')
        return cls(by_name)

    def of(self, clip: Clip) -> Sequence[Stretch]:
        """The labels of a clip, in order of time; empty where there are none."""
        whole = PurePosixPath(clip.name)
        ending = clip.path.suffix
        for name in (f'{whole}{ending}', f'{whole}', f'{whole.name}{ending}', whole.name):
            if name in self._by_name:
                return self._by_name[name]
        return ()


def of_folders(clip: Clip) -> Sequence[Stretch]:
    """The one label that a clip's folders say, if they say one."""
    return [Stretch(0.0, None, clip.label)] if clip.label else []


def changes(stretches: Sequence[Stretch], first_ns: int, start_ns: int) -> Iterator[LabelChange]:
    """Labelled stretches as the moments at which the label changes.

    ``start_ns`` is the stamp of the clip's beginning, ``first_ns`` that of its first sample; sound
    may begin a little earlier than the clip, and is labelled as well.
    """
    for number, stretch in enumerate(stretches):
        begin_ns = first_ns if stretch.start == 0 else _stamp_ns(stretch.start, start_ns)
        yield LabelChange(begin_ns, stretch.label)
        following = stretches[number + 1 : number + 2]
        if stretch.end is not None and not (following and following[0].start == stretch.end):
            yield LabelChange(_stamp_ns(stretch.end, start_ns), '')


def _stamp_ns(seconds: float, start_ns: int) -> int:
    return start_ns + round(seconds * NS_PER_S)


def _one_of(wanted: Sequence[str], columns: Sequence[str], path: Path) -> str:
    for name in wanted:
        if name in columns:
            return name
    raise ClipLabelsError(
        f'{path}: no column {" or ".join(wanted)} among {", ".join(columns) or "none"}'
    )


def _stretch(row: Mapping[str, str | None], label_column: str) -> Stretch:
    start = float(row.get('start') or 0.0)
    end = float(row['end'] or 0.0) if row.get('end') else None
    if start < 0 or (end is not None and not start < end):
        raise ClipLabelsError(f'start {start:g} and end {end} are no stretch of a clip')
    return Stretch(start, end, canonical(row[label_column] or ''))
