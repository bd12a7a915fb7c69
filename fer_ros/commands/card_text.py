"""A model's card as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from fer_ros.cards import Card
from fer_ros.labels import LABELS, canonical

_WIDTH = 99
_MARGIN = 14


def readable(card: Card) -> str:
    """What it is, reads, answers, is worth and cannot do; ends with a newline."""
    return '\n'.join(_lines(card)) + '\n'


def _lines(card: Card) -> Iterator[str]:
    about, training = card.about, card.about.get('training', {})
    yield from _entry(card.name, str(about.get('summary', card.kind)))
    yield from _entry('folder', str(card.folder))
    yield from _entry('kind', f'{card.kind}, {_pairs(card.backbone)}')
    yield from _entry('labels', ', '.join(_word(word) for word in card.labels))
    silent = [label for label in LABELS if label not in map(canonical, card.labels)]
    if silent:
        yield from _entry('never says', ', '.join(silent))
    yield from _entry('input', _pairs(card.input))
    yield from _entry('weights', f'{card.weights_file}, sha256 {card.sha256}')
    if 'parameters' in training:
        yield from _entry(
            '', f'{training["parameters"]:,} weights, temperature {card.temperature}'
        )
    yield from _entry('licence', card.licence)
    for limit in about.get('limits', ()):
        yield from _entry('limits', str(limit))
    results = about.get('results', {})
    if results:
        yield ''
        yield from _results(results)
        yield ''
        yield from _entry('protocol', str(results.get('protocol', 'not stated')))
    for name, where in (('trained by', training), ('measured by', results)):
        if 'command' in where:
            yield from _entry(name, where['command'])


def _results(results: Mapping[str, Any]) -> Iterator[str]:
    parts = {name: part for name, part in results.items() if isinstance(part, Mapping)}
    width = max(_MARGIN, *(len(name) for name in parts)) if parts else _MARGIN
    yield f'{"":{width}}  examples  accuracy            UAR                 macro F1  ECE'
    for name, part in parts.items():
        yield (
            f'{name:{width}}  {part.get("examples", ""):8}  {_measured(part, "accuracy"):18}  '
            f'{_measured(part, "uar"):18}  {_number(part.get("macro_f1")):8}  '
            f'{_number(part.get("calibration_error"))}'
        )


def _measured(part: Mapping[str, Any], key: str) -> str:
    interval = part.get(f'{key}_95')
    between = f' [{interval[0]:.3f}, {interval[1]:.3f}]' if interval else ''
    return f'{_number(part.get(key))}{between}'


def _number(value: Any) -> str:
    return f'{value:.3f}' if isinstance(value, (int, float)) else '-'


def _word(word: str) -> str:
    meaning = canonical(word)
    return word if word == meaning else f'{word} ({meaning})'


def _pairs(settings: Mapping[str, Any]) -> str:
    return ', '.join(f'{key} {value}' for key, value in settings.items())


def _entry(name: str, text: str) -> Iterator[str]:
    head = f'{name:{_MARGIN}}' if len(name) < _MARGIN else f'{name}  '
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=' ' * _MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )
