"""The tables of a report as what a timeline shows: runs of one label, and curves.

The tables of a long evaluation have millions of rows, so they are read once, row by row, and only
what can be seen at the width of a screen is kept.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fer_ros.evaluation.results import ESTIMATES, FUSED, SOUND, SOUND_STEP_S

SHOWN_STEPS = 1500
"""A timeline has at most so many steps."""
MIN_STEP_S = 0.05

Curve = list[tuple[float, float]]
"""(time, value) in order of time."""


@dataclass
class Run:
    """A stretch of estimates that say the same."""

    start: float
    end: float
    label: str
    truth: str
    """'' where there is no label."""
    confidence: float
    """Of the surest estimate in it."""

    @property
    def is_wrong(self) -> bool:
        """Whether the estimates contradict the truth."""
        return self.truth not in ('', self.label)


@dataclass
class Timeline:
    """One recording, or one face in it."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    """By modality."""
    confidence: Curve = field(default_factory=list)
    """Of the fused estimate."""
    level: Curve = field(default_factory=list)
    """Of the sound, dB of full scale."""


Key = tuple[str, int | None]
"""A recording and the track of a face, None for whoever is in focus."""


def read_timelines(folder: Path, wanted: Mapping[Key, float], gap_s: float) -> dict[Key, Timeline]:
    """The timelines of some recordings from a report's folder.

    ``wanted`` maps them to their lengths in seconds.  A stretch of ``gap_s`` without an estimate
    ends a run.
    """
    lines = {key: _Line(_step_s(seconds), gap_s) for key, seconds in wanted.items()}
    names = {name for name, _ in wanted}
    for row in _rows(folder / ESTIMATES, names):
        track = int(row['track']) if row['track'] else None
        line = lines.get((row['recording'], track)) if track is not None else None
        if line is not None:
            line.add(row)
        line = lines.get((row['recording'], None))
        if line is not None and row['focus'] == '1':
            line.add(row)
    for row in _rows(folder / SOUND, names):
        line = lines.get((row['recording'], None))
        if line is not None:
            line.add_level(float(row['time']), float(row['level']))
    return {key: line.finished() for key, line in lines.items()}


def _step_s(seconds: float) -> float:
    return max(MIN_STEP_S, seconds / SHOWN_STEPS)


def _rows(path: Path, names: Container[str]) -> Iterator[dict[str, str]]:
    """The rows of some recordings."""
    if not path.is_file():
        return
    with path.open(newline='', encoding='utf-8') as file:
        rows = csv.reader(file)
        header = next(rows, [])
        place = header.index('recording') if header else 0
        for row in rows:
            if row[place] in names:
                yield dict(zip(header, row, strict=True))


class _Line:
    def __init__(self, step_s: float, gap_s: float) -> None:
        self._step_s = step_s
        self._gap_s = gap_s
        self._timeline = Timeline()
        self._newest: dict[str, float] = {}

    def add(self, row: Mapping[str, str]) -> None:
        """The next estimate."""
        time, modality = float(row['time']), row['modality']
        confidence = float(row['confidence'])
        if modality == FUSED:
            _append(self._timeline.confidence, time, confidence, self._step_s, min)
        runs = self._timeline.runs.setdefault(modality, [])
        before = self._newest.get(modality)
        self._newest[modality] = time
        if before is not None:
            runs[-1].end = min(time, before + self._gap_s)
        fresh = Run(time, time, row['label'], row['truth'], confidence)
        if before is None or time > before + self._gap_s:
            runs.append(fresh)
        elif (runs[-1].label, runs[-1].truth) == (fresh.label, fresh.truth):
            runs[-1].confidence = max(runs[-1].confidence, confidence)
        elif time < runs[-1].start + self._step_s:
            # too short to be seen
            fresh.start = runs.pop().start
            runs.append(fresh)
        else:
            runs.append(fresh)

    def add_level(self, time: float, level: float) -> None:
        """The next stretch of sound."""
        _append(self._timeline.level, time, level, max(self._step_s, SOUND_STEP_S), max)

    def finished(self) -> Timeline:
        """All of it; the last estimate of a modality lasts as long as the step of the timeline."""
        for modality, runs in self._timeline.runs.items():
            runs[-1].end = max(runs[-1].end, self._newest[modality] + self._step_s)
        return self._timeline


def _append(
    curve: Curve,
    time: float,
    value: float,
    step_s: float,
    join: Callable[[float, float], float],
) -> None:
    if curve and time < curve[-1][0] + step_s * 0.999:
        curve[-1] = (curve[-1][0], join(curve[-1][1], value))
    else:
        curve.append((time, value))


def gaps(curve: Sequence[tuple[float, float]], gap_s: float) -> Iterator[Curve]:
    """The parts of a curve between gaps."""
    part: Curve = []
    for point in curve:
        if part and point[0] > part[-1][0] + gap_s:
            yield part
            part = []
        part.append(point)
    if part:
        yield part
