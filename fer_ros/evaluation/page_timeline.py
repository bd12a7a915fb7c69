"""Where everything on a timeline is, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fer_ros.evaluation import page_tracks
from fer_ros.evaluation.page_tracks import Run, Timeline
from fer_ros.evaluation.results import FUSED, SOUND_FLOOR_DB

PX_PER_S = 12.0
MIN_WIDTH, MAX_WIDTH = 1060, 6000
AXIS_PX = 18
BAND_PX = {'truth': 24, FUSED: 24}
OTHER_BAND_PX = 16
CURVE_PX, LEVEL_PX = 46, 30
THUMB_PX = (64, 48)
_SPACE_PX = 6
_LETTER_PX = 6.6
_TICKS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True)
class Band:
    """A run of a label."""

    x: float
    width: float
    label: str
    text: str
    """What fits into it."""
    about: str
    """All of it, for who points at it."""
    is_wrong: bool
    start: float
    end: float


@dataclass(frozen=True)
class Row:
    """A line of a timeline with its name beside it."""

    name: str
    y: float
    height: float
    bands: Sequence[Band] = ()
    lines: Sequence[str] = ()
    """Points of curves, for a polyline."""
    areas: Sequence[str] = ()
    """Points of closed shapes."""


@dataclass(frozen=True)
class Thumb:
    """The picture of a mistake, below the moment that it shows."""

    x: float
    y: float
    at: float
    """Where the moment is."""
    picture: str
    about: str


@dataclass(frozen=True)
class Drawing:
    """A whole timeline."""

    width: int
    height: float
    px_per_s: float
    rows: Sequence[Row]
    ticks: Sequence[tuple[float, str]]
    thumbs: Sequence[Thumb] = field(default_factory=tuple)


def draw(
    seconds: float,
    segments: Iterable[Mapping[str, Any]],
    timeline: Timeline,
    mistakes: Iterable[Mapping[str, Any]],
    gap_s: float,
) -> Drawing:
    """The timeline of a recording of a length.

    ``segments`` and ``mistakes`` are those of results.json that belong to it, a mistake with
    the content of its picture.
    """
    width = round(min(MAX_WIDTH, max(MIN_WIDTH, seconds * PX_PER_S)))
    scale = width / max(seconds, 0.001)
    rows: list[Row] = []
    y = float(AXIS_PX)
    truth = [
        Run(each['start'], min(each['end'], seconds), each['label'], '', 1.0) for each in segments
    ]
    bands = {'truth': truth, **_fused_first(timeline.runs)}
    for name, runs in bands.items():
        if name == 'truth' and not runs:
            continue
        height = BAND_PX.get(name, OTHER_BAND_PX)
        rows.append(Row(name, y, height, [_band(run, name, scale) for run in runs]))
        y += height + _SPACE_PX
    if timeline.confidence:
        lines = [
            ' '.join(
                f'{time * scale:.1f},{y + CURVE_PX * (1 - value):.1f}' for time, value in part
            )
            for part in page_tracks.gaps(timeline.confidence, gap_s)
        ]
        rows.append(Row('confidence', y, CURVE_PX, lines=lines))
        y += CURVE_PX + _SPACE_PX
    if timeline.level:
        rows.append(Row('sound', y, LEVEL_PX, areas=_areas(timeline.level, y, scale, gap_s)))
        y += LEVEL_PX + _SPACE_PX
    thumbs = _thumbs(mistakes, scale, width, y)
    if thumbs:
        y += THUMB_PX[1] + 2 * _SPACE_PX
    return Drawing(width, y, scale, rows, _ticks(seconds, scale), thumbs)


def _fused_first(runs: Mapping[str, Sequence[Run]]) -> dict[str, Sequence[Run]]:
    return {name: runs[name] for name in sorted(runs, key=lambda name: (name != FUSED, name))}


def _band(run: Run, name: str, scale: float) -> Band:
    width = max(1.0, (run.end - run.start) * scale)
    about = f'{run.start:.1f}–{run.end:.1f} s: {run.label}'
    if name != 'truth':
        about += f', up to {run.confidence:.0%}'
    if run.is_wrong:
        about += f', but it is {run.truth}'
    text = run.label if width > _LETTER_PX * len(run.label) + 8 else ''
    return Band(run.start * scale, width, run.label, text, about, run.is_wrong, run.start, run.end)


def _areas(
    level: Sequence[tuple[float, float]], y: float, scale: float, gap_s: float
) -> list[str]:
    bottom = y + LEVEL_PX
    areas = []
    for part in page_tracks.gaps(level, gap_s):
        points = [
            (time * scale, bottom - LEVEL_PX * max(0.0, 1 - value / SOUND_FLOOR_DB))
            for time, value in part
        ]
        closed = [(points[0][0], bottom), *points, (points[-1][0], bottom)]
        areas.append(' '.join(f'{x:.1f},{value:.1f}' for x, value in closed))
    return areas


def _thumbs(
    mistakes: Iterable[Mapping[str, Any]], scale: float, width: float, y: float
) -> list[Thumb]:
    """As many pictures as there is room for, the first in the row first."""
    thumbs: list[Thumb] = []
    free = 0.0
    for mistake in sorted(mistakes, key=lambda each: float(each['time'])):
        at = float(mistake['time']) * scale
        x = min(max(free, at - THUMB_PX[0] / 2), width - THUMB_PX[0])
        if mistake['picture'] and x >= free:
            about = f'{mistake["time"]:.1f} s: {mistake["label"]}, but it is {mistake["truth"]}'
            thumbs.append(Thumb(x, y + _SPACE_PX, at, mistake['picture'], about))
            free = x + THUMB_PX[0] + 4
    return thumbs


def _ticks(seconds: float, scale: float) -> list[tuple[float, str]]:
    step = next((step for step in _TICKS_S if step * scale >= 70), _TICKS_S[-1])
    return [
        (number * step * scale, _clock(number * step)) for number in range(int(seconds / step) + 1)
    ]


def _clock(time: float) -> str:
    if time < 60:
        return f'{time:g} s'
    minutes, rest = divmod(round(time), 60)
    return f'{minutes}:{rest:02d}'
