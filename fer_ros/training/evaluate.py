"""``fer-ros models``: what models there are, their cards, and their numbers measured again."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from fer_ros import cards, config, golden, models
from fer_ros.training.command import data_folder

TOLERANCE = 0.002
"""Largest difference that another CPU's rounding explains: a handful of examples."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    actions = parser.add_subparsers(metavar='ACTION', required=True)
    listing = actions.add_parser('list', help='one line for each model')
    listing.set_defaults(action=_list)
    showing = actions.add_parser('show', help='print the card of a model')
    showing.add_argument('model', help="a model's name or folder")
    showing.set_defaults(action=_show)
    verifying = actions.add_parser('verify', help='check hash and golden answer of each model')
    verifying.add_argument('model', nargs='*', help='names or folders; default: all')
    verifying.set_defaults(action=_verify)
    measuring = actions.add_parser(
        'evaluate', help="measure a model again and compare with its card's numbers"
    )
    measuring.add_argument('model', help="a model's name or folder")
    measuring.add_argument('--data', type=Path, help='folder of the data; default: $FER_ROS_DATA')
    measuring.add_argument('--device', default='cpu', help='auto, cpu, cuda or cuda:N')
    measuring.set_defaults(action=_evaluate)


def run(args: argparse.Namespace) -> int:
    """Do the chosen action; 0 when all is well."""
    code: int = args.action(args)
    return code


def _list(_args: argparse.Namespace) -> int:
    for name in cards.names():
        card = cards.find(name)
        print(f'{name}  {card.kind}  {card.about.get("summary", "")}')
    return 0


def _show(args: argparse.Namespace) -> int:
    print((cards.find(args.model).folder / cards.CARD).read_text(encoding='utf-8'), end='')
    return 0


def _verify(args: argparse.Namespace) -> int:
    failed = 0
    for name in args.model or cards.names():
        try:
            card = cards.find(name)
            golden.check(card.folder, card.kind, models.load_backbone(card.kind, name, 'cpu'))
            print(f'{name}: ok')
        except ValueError as error:  # every error of a card, a network or an answer is one
            failed += 1
            print(f'{name}: {error}')
    return 1 if failed else 0


def _evaluate(args: argparse.Namespace) -> int:
    """Print the numbers; 1 where one is not the card's."""
    card = cards.find(args.model)
    seen = evaluate(card, data_folder(args.data), args.device)
    print(yaml.safe_dump(seen, sort_keys=False, width=95), end='')
    stated = card.about.get('results')
    if stated is None:
        print('the card states no results')
        return 0
    wrong = differences(stated, seen)
    print(
        '\n'.join(wrong) or f'every number is the one in the card of {card.name} (+-{TOLERANCE})'
    )
    return 1 if wrong else 0


def evaluate(card: cards.Card, data: Path, device: str = 'cpu') -> dict[str, Any]:
    """The results of a model on the data of its own training.

    Raises CardError where the card does not say how the model was trained.
    """
    from fer_ros.training import results, task

    training = card.about.get('training', {})
    if 'task' not in training or 'config' not in training:
        raise cards.CardError(f'{card.name}: the card has no training.task and training.config')
    settings = config.parse(task.load_task(training['task']).Config, training['config'])
    made = task.make_task(training['task'], settings, data)
    backbone = models.load_backbone(card.kind, str(card.folder.resolve()), device)
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
