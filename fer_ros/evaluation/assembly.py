"""From what came of each recording to the numbers of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_ros.evaluation.results import (
    FUSED,
    SCHEMA,
    Evaluation,
    Failure,
    Mistake,
    Recording,
    Scores,
)
from fer_ros.evaluation.scoring import Unit, modalities, score_units
from fer_ros.labels import LABELS

MIN_RECORDINGS = 10
"""From how many labelled recordings on the bootstrap draws recordings, not labelled stretches."""


def assemble(
    settings: Mapping[str, Any],
    facts: Mapping[str, str],
    recordings: Sequence[Recording],
    stretches: Sequence[Unit],
    mistakes: Sequence[Mistake],
    failures: Sequence[Failure],
    complete: bool,
) -> Evaluation:
    """Everything about a run; ``stretches`` are those of each recording."""
    resampled = drawn_as(stretches)
    units = bootstrap_units(stretches)
    names = modalities(stretch for unit in units for stretch in unit)
    scores = {name: score_units(units, name) for name in names}
    return Evaluation(
        schema=SCHEMA,
        labels=LABELS,
        settings=dict(settings),
        models=dict(facts),
        complete=complete,
        summary=_summary(recordings, failures, scores, complete),
        resampled=resampled,
        scores=scores,
        groups=_groups(units, names),
        mistakes=tuple(mistakes),
        recordings=tuple(recordings),
        failures=tuple(failures),
    )


def drawn_as(stretches: Sequence[Unit]) -> str | None:
    """What the bootstrap draws: 'recordings', 'segments', or None where nothing has a label."""
    labelled = sum(any(s.label is not None for s in unit) for unit in stretches)
    if not labelled:
        return None
    return 'recordings' if labelled >= MIN_RECORDINGS else 'segments'


def bootstrap_units(stretches: Sequence[Unit]) -> list[Unit]:
    """The stretches of each recording as what the bootstrap draws."""
    if drawn_as(stretches) == 'recordings':
        return list(stretches)
    return [[stretch] for unit in stretches for stretch in unit]


def _groups(units: Sequence[Unit], names: Sequence[str]) -> dict[str, dict[str, Scores]]:
    groups = sorted({s.group for unit in units for s in unit if s.group is not None})
    result = {}
    for group in groups:
        within = [[s for s in unit if s.group == group] for unit in units]
        filled = [unit for unit in within if unit]
        result[group] = {name: score_units(filled, name) for name in names}
    return result


def _summary(
    recordings: Sequence[Recording],
    failures: Sequence[Failure],
    scores: Mapping[str, Scores],
    complete: bool,
) -> str:
    """One line for people."""
    minutes = sum(recording.seconds for recording in recordings) / 60
    parts = [_count(len(recordings), 'recording') + f', {minutes:.1f} min']
    fused = scores.get(FUSED)
    if fused is None:
        parts.append('nobody was found')
    elif fused.accuracy is None or fused.uar is None:
        parts.append('no labels')
    else:
        parts.append(
            f'{fused.accuracy:.1%} of {fused.estimates} estimates right, UAR {fused.uar:.1%}'
        )
        alone = [
            f'{name} {one.accuracy:.1%}'
            for name, one in scores.items()
            if name != FUSED and one.accuracy is not None
        ]
        parts += [f'alone: {", ".join(alone)}'] if len(alone) > 1 else []
    if failures:
        parts.append(f'{_count(len(failures), "recording")} could not be read')
    if not complete:
        parts.append('interrupted')
    return '; '.join(parts)


def _count(number: int, what: str) -> str:
    return f'{number} {what}' if number == 1 else f'{number} {what}s'
