"""A model's numbers measured again, on the data that its card names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fer_ros import cards, config, models

TOLERANCE = 0.002
"""Largest difference that another CPU's rounding explains: a handful of examples."""


def evaluate(
    card: cards.Card, data: Path, device: str = 'cpu', precision: str = 'auto'
) -> dict[str, Any]:
    """The results of a model on the data of its own training.

    Raises CardError where the card does not say how the model was trained, or where it was
    measured together with others.
    """
    from fer_ros.training import results, task

    training = card.about.get('training', {})
    if 'task' not in training or 'config' not in training:
        raise cards.CardError(f'{card.name}: the card has no training.task and training.config')
    settings = config.parse(task.load_task(training['task']).Config, training['config'])
    made = task.make_task(training['task'], settings, data)
    if isinstance(made, task.JointTask):
        raise cards.CardError(f'{card.name}: it was measured together with the models beside it')
    folder = str(card.folder.resolve())
    backbone = models.load_backbone(card.kind, folder, device, precision=precision)
    if isinstance(made, task.FittedTask):
        return made.measure(backbone)
    return results.measure(made, backbone, card.temperature)


def differences(stated: Mapping[str, Any], seen: Mapping[str, Any]) -> list[str]:
    """One line for each number of the card that did not come out again."""
    found = dict(_numbers(seen))
    lines = []
    for name, value in _numbers(stated):
        again = found.get(name)
        if again is None or not math.isclose(value, again, abs_tol=TOLERANCE):
            lines.append(f'{name}: the card says {value}, measured {again}')
    return lines


def _numbers(data: Any, path: str = '') -> Iterator[tuple[str, float]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _numbers(value, f'{path}.{key}' if path else str(key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _numbers(value, f'{path}[{index}]')
    elif isinstance(data, (int, float)):
        yield path, float(data)
