"""Files with labels of recordings: CSV with a header, or one JSON object in each line.

Columns, or keys: ``label``; ``start`` and ``end`` in seconds, without them the whole recording;
``file`` where there are several recordings; ``track``, ``group``, ``valence``, ``arousal`` where
they are known.  Other columns are passed over.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from fer_ros.evaluation.clips import SOUNDS, VIDEOS
from fer_ros.evaluation.truth import Stretch
from fer_ros.labels import canonical

MAX_BYTES = 100_000_000
_JSON = {'.json', '.jsonl', '.ndjson'}
_FILE = ('file', 'bag', 'clip', 'recording')
_LABEL = ('label', 'emotion', 'expression')
_MEDIA = VIDEOS | SOUNDS


class LabelFileError(ValueError):
    """A file of labels that cannot be used."""


class LabelFile:
    """Labels by recording."""

    def __init__(self, path: Path, by_name: Mapping[str, Sequence[Stretch]]) -> None:
        self.path = path
        self._by_name = by_name

    @classmethod
    def read(cls, path: Path) -> LabelFile:
        """Words of other vocabularies are understood.  Raises LabelFileError, naming the line."""
        by_name: dict[str, list[Stretch]] = {}
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise LabelFileError(f'{path}: more than {MAX_BYTES} bytes')
        try:
            with path.open(newline='', encoding='utf-8-sig') as file:
                is_json = path.suffix.lower() in _JSON
                rows = _json_rows(path, file) if is_json else _csv_rows(file)
                for line, row in rows:
                    try:
                        name, stretch = _parsed(row)
                    except (ArithmeticError, ValueError, TypeError) as error:
                        raise LabelFileError(f'{path}, line {line}: {error}') from error
                    if stretch is not None:
                        by_name.setdefault(name, []).append(stretch)
        except (UnicodeDecodeError, csv.Error) as error:
            raise LabelFileError(f'{path}: {error}') from error
        return cls(path, by_name)

    def assign(self, recordings: Sequence[str]) -> dict[str, Sequence[Stretch]]:
        """The labels of each recording that has some; a recording is given by its path.

        A recording is named by the end of its path, with or without the ending of the file; a
        bag also by the media file that it was made of, if that is the only one of its name.
        Labels that name no recording belong to the only one.  Raises LabelFileError where it is
        not clear whose labels they are.
        """
        if '' in self._by_name and len(recordings) != 1:
            raise LabelFileError(
                f'{self.path}: labels for {len(recordings)} recordings need a column file'
            )
        assigned: dict[str, Sequence[Stretch]] = {}
        taken: dict[str, str] = {}
        for recording in recordings:
            name = self._name_of(recording)
            if name is None:
                continue
            if name in taken:
                raise LabelFileError(
                    f'{self.path}: {name} may be {taken[name]} or {recording}, so more of its '
                    'path is needed'
                )
            taken[name] = recording
            assigned[recording] = self._by_name[name]
        return assigned

    def _name_of(self, recording: str) -> str | None:
        """The name by which the labels mean a recording."""
        names = list(_names(recording))
        for name in names:
            if name and name in self._by_name:
                return name
        for name in names:
            media = [each for each in self._by_name if _without_media_ending(each) == name]
            if len(media) == 1:
                return media[0]
        return '' if '' in self._by_name else None


def _without_media_ending(name: str) -> str | None:
    path = PurePath(name)
    return path.with_suffix('').as_posix() if path.suffix.lower() in _MEDIA else None


def _names(recording: str) -> Iterator[str]:
    """What a recording may be called, the longest first; '' where there is only one."""
    parts = PurePath(recording).parts
    for first in range(len(parts)):
        whole = PurePath(*parts[first:])
        yield whole.as_posix()
        yield whole.with_suffix('').as_posix()
    yield ''


def _csv_rows(file: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(file)
    for row in reader:
        yield reader.line_num, row


def _json_rows(path: Path, file: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LabelFileError(f'{path}, line {number}: no JSON: {error}') from error
        yield number, row


def _parsed(row: Mapping[str, Any]) -> tuple[str, Stretch | None]:
    """The name of a recording and a label; None for a stretch whose label is left empty."""
    if not isinstance(row, Mapping):
        raise ValueError(f'expected a JSON object, got {row!r}')
    name = next((str(row[key]) for key in _FILE if row.get(key)), '')
    word = next((row[key] for key in _LABEL if key in row), None)
    if word is None:
        raise ValueError(f'no label in it; it has {", ".join(map(str, row)) or "nothing"}')
    start, end = _number(row, 'start'), _number(row, 'end')
    if (start or 0.0) < 0 or (end is not None and end <= (start or 0.0)):
        raise ValueError(f'start {start} and end {end} are no stretch of time')
    if not str(word).strip():
        return name, None
    track = _number(row, 'track')
    stretch = Stretch(
        start or 0.0,
        end,
        canonical(str(word)),
        None if track is None else int(track),
        str(row['group']) if row.get('group') else None,
        _share(row, 'valence'),
        _share(row, 'arousal'),
    )
    return PurePath(name).as_posix() if name else '', stretch


def _number(row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is None or value == '':
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f'{key} {value!r} is not finite')
    return number


def _share(row: Mapping[str, Any], key: str) -> float | None:
    number = _number(row, key)
    if number is not None and not -1 <= number <= 1:
        raise ValueError(f'{key} {number:g} is not in [-1, 1]')
    return number
