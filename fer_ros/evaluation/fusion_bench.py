"""All strategies on the same evidence, as one table.

A file of strategies (config/bench/fusion_*.yaml) names them with their plugin and settings; what
is in it was fitted before, nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_ros import config as settings
from fer_ros import plugins, yaml_files
from fer_ros.config import Chosen
from fer_ros.evaluation.fusion_scores import (
    SHARES,
    Score,
    answers,
    conditions,
    microseconds,
    mixed,
    score,
)
from fer_ros.evaluation.fusion_tables import CLEAN, MISSING, SPOILT, Clips
from fer_ros.labels import softmax
from fer_ros.types import Modality

STRATEGIES = 'config/bench/fusion_{kind}.yaml'


class FusionBenchError(ValueError):
    """A file of strategies that cannot be read."""


@dataclass(frozen=True)
class Row:
    """What came out of one strategy."""

    name: str
    scores: Mapping[tuple[str, Modality, float], Score]
    """By condition: state, modality in it, share of the clips."""
    microseconds: float

    @property
    def clean(self) -> Score:
        """All modalities there and undisturbed."""
        return self.scores[CLEAN, '', 0.0]

    @property
    def worst_calibration_error(self) -> float:
        """Of all modalities together and of each subset that is left when one is missing."""
        modes = [s for (state, _, share), s in self.scores.items() if _is_mode(state, share)]
        return max(mode.calibration_error for mode in modes)


def read_strategies(path: Path) -> dict[str, Chosen]:
    """The strategies in a file, by name.  Raises FusionBenchError or ConfigError."""
    try:
        told = yaml_files.read(path)
    except yaml_files.YamlFileError as error:
        raise FusionBenchError(f'{path}: {error}') from error
    if not isinstance(told, Mapping):
        raise FusionBenchError(f'{path}: expected a mapping of names to plugins with settings')
    return {
        name: settings.parse_chosen('fusion', chosen, str(name)) for name, chosen in told.items()
    }


def measure(
    strategies: Mapping[str, Chosen], clips: Clips, on_start: Callable[[str], None]
) -> Iterator[Row]:
    """One row for each strategy; ``on_start`` hears its name before it is measured."""
    for name, chosen in strategies.items():
        on_start(name)
        fusion = plugins.build('fusion', chosen)
        given = answers(fusion, clips)
        scores = {
            condition: score(mixed(given, *condition), clips) for condition in conditions(clips)
        }
        yield Row(name, scores, microseconds(fusion, clips))


def alone(clips: Clips) -> dict[Modality, Score]:
    """What each modality's own probabilities are worth."""
    return {
        name: score(softmax(clips.tables[name].logits[clips.rows[name], -1]), clips)
        for name in clips.modalities
    }


def as_text(rows: list[Row], clips: Clips, singles: Mapping[Modality, Score]) -> str:
    """Two tables: the headline, and the accuracy where a modality is missing or spoilt."""
    width = max(len(row.name) for row in rows)
    lines = [
        f'{len(clips)} clips of {len(set(clips.subjects.tolist()))} people; '
        '95 % intervals by drawing people',
        '',
        f'{"":{width}}  accuracy  95 %           UAR    ECE    ECE, worst mode      us',
    ]
    lines += [_line(f'{name} alone', one, width) for name, one in singles.items()]
    lines += [
        f'{_line(row.name, row.clean, width)}  {row.worst_calibration_error:15.3f}'
        f'  {row.microseconds:6.0f}'
        for row in rows
    ]
    columns = [(state, name) for name in clips.modalities for state in (MISSING, SPOILT)]
    shares = ' '.join(f'{share:5.0%}' for share in SHARES)
    lines += [
        '',
        'accuracy when a modality is missing or spoilt in some of the clips',
        f'{"":{width}}  ' + '  '.join(f'{f"{name} {state}":17}' for state, name in columns),
        f'{"":{width}}  ' + '  '.join(shares for _ in columns),
    ]
    for row in rows:
        cells = (
            ' '.join(f'{row.scores[state, name, share].accuracy:5.3f}' for share in SHARES)
            for state, name in columns
        )
        lines.append(f'{row.name:{width}}  ' + '  '.join(cells))
    return '\n'.join(lines)


def as_data(rows: list[Row], clips: Clips, singles: Mapping[Modality, Score]) -> dict[str, Any]:
    """The same numbers, and all others, for programs."""
    return {
        'clips': len(clips),
        'people': len(set(clips.subjects.tolist())),
        'alone': {name: asdict(one) for name, one in singles.items()},
        'strategies': {
            row.name: {
                'microseconds': row.microseconds,
                'conditions': [
                    {'state': state, 'modality': name, 'share': share, **asdict(one)}
                    for (state, name, share), one in row.scores.items()
                ],
            }
            for row in rows
        },
    }


def _line(name: str, one: Score, width: int) -> str:
    low, high = one.accuracy_95
    return (
        f'{name:{width}}  {one.accuracy:8.3f}  {low:.3f} - {high:.3f}'
        f'  {one.uar:.3f}  {one.calibration_error:.3f}'
    )


def _is_mode(state: str, share: float) -> bool:
    return state == CLEAN or (state == MISSING and share == 1.0)
