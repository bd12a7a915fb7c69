"""The labels of one recording and their file, which is whole at any moment."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from fer_ros.labels import LABELS, LabelError, canonical
from fer_ros.writing import whole

COLUMNS = ('start', 'end', 'label', 'track')
MAX_INTERVALS = 20_000


class LabelsError(ValueError):
    """Labels that contradict each other, or a file that cannot be edited here."""


class ConflictError(LabelsError):
    """The labels were changed elsewhere in the meantime."""


@dataclass(frozen=True)
class Interval:
    """From ``start`` to ``end``, seconds since the first sample, somebody shows ``label``."""

    start: float
    end: float
    label: str


class Labels:
    """The labels of a recording for one face, or for whoever is in focus.

    Labels of other faces in the same file are kept as they are.  ``version`` counts the changes.
    """

    def __init__(self, path: Path, seconds: float, track: int | None = None) -> None:
        """Reads the file if it is there.  Raises LabelsError for one that would lose something."""
        self.path = path
        self.version = 0
        self._seconds = seconds
        self._track = '' if track is None else str(track)
        self._text = ''
        self._others: list[tuple[float, float, str, str]] = []
        self.intervals: tuple[Interval, ...] = ()
        if path.exists():
            try:
                self._read()
            except (csv.Error, UnicodeDecodeError) as error:
                raise LabelsError(f'{path}: {error}') from error

    def replace(self, content: Any, version: int) -> None:
        """Take over and save what the page sends: objects with start, end and label.

        Raises LabelsError, and ConflictError where it is not based on the newest version or the
        file was changed by somebody else.
        """
        if version != self.version:
            raise ConflictError('these labels were changed in another window; reload the page')
        if (self.path.read_text(encoding='utf-8') if self.path.exists() else '') != self._text:
            raise ConflictError(f'{self.path.name} was changed by another program; start again')
        intervals = self._checked(content)
        text = self._written(intervals)
        _write_whole(self.path, text)
        self._text, self.intervals = text, intervals
        self.version += 1

    def _read(self) -> None:
        self._text = self.path.read_text(encoding='utf-8')
        rows = csv.DictReader(io.StringIO(self._text.removeprefix('\ufeff')))
        unknown = set(rows.fieldnames or ()) - set(COLUMNS)
        if unknown or not {'start', 'end', 'label'} <= set(rows.fieldnames or ()):
            there = ', '.join(rows.fieldnames or ()) or 'none'
            raise LabelsError(
                f'{self.path}: only files with the columns start, end, label and perhaps track '
                f'can be edited here; its columns: {there}'
            )
        own: list[dict[str, Any]] = []
        for row in rows:
            try:
                start, end = float(row['start'] or ''), float(row['end'] or '')
                label, track = canonical(row['label'] or ''), row.get('track') or ''
            except (LabelError, TypeError, ValueError) as error:
                raise LabelsError(f'{self.path}, line {rows.line_num}: {error}') from error
            if track == self._track:
                own.append({'start': start, 'end': min(end, self._seconds), 'label': label})
            else:
                self._others.append((start, end, label, track))
        try:
            self.intervals = self._checked(own)
        except LabelsError as error:
            raise LabelsError(f'{self.path}: {error}') from error

    def _checked(self, content: Any) -> tuple[Interval, ...]:
        if not isinstance(content, list) or len(content) > MAX_INTERVALS:
            raise LabelsError(f'expected a list of at most {MAX_INTERVALS} intervals')
        intervals = sorted(map(self._interval, content), key=lambda each: each.start)
        for before, after in pairwise(intervals):
            if after.start < before.end:
                raise LabelsError(f'{before.label} and {after.label} overlap at {after.start:g} s')
        return tuple(intervals)

    def _interval(self, content: Any) -> Interval:
        if not isinstance(content, Mapping) or content.get('label') not in LABELS:
            raise LabelsError(f'{content!r} has no label of {", ".join(LABELS)}')
        times: list[Any] = [content.get('start'), content.get('end')]
        for time in times:
            if isinstance(time, bool) or not isinstance(time, (int, float)):
                raise LabelsError(f'{time!r} is no time in seconds')
        try:
            start, end = (round(float(time), 3) for time in times)
        except OverflowError as error:
            raise LabelsError(f'a time in seconds: {error}') from error
        if not (math.isfinite(start) and math.isfinite(end) and 0 <= start < end):
            raise LabelsError(f'{start:g} to {end:g} s is no stretch of time')
        if start >= self._seconds:
            raise LabelsError(f'{start:g} s is after the end at {self._seconds:g} s')
        return Interval(start, end, content['label'])

    def _written(self, intervals: Sequence[Interval]) -> str:
        rows = [(each.start, each.end, each.label, self._track) for each in intervals]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator='\n')
        writer.writerow(COLUMNS)
        for start, end, label, track in sorted([*self._others, *rows]):
            writer.writerow([f'{start:.3f}', f'{end:.3f}', label, track])
        return out.getvalue()


def _write_whole(path: Path, text: str) -> None:
    """Replace a file by a new one that is on the disk already."""
    with whole(path) as partial:
        with partial.open('w', encoding='utf-8') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(path.stat().st_mode if path.exists() else 0o644)
