"""Which streams a benchmark feeds, as arguments of a command: lists that are combined."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from fer_ros.benchmarks.stream import Case

MOST_FACES = 64
MOST_SECONDS = 3600.0
_HIGHEST_RATE = 1000.0
_Item = TypeVar('_Item')


def add_cases(parser: argparse.ArgumentParser, encodings: Sequence[str]) -> None:
    """Arguments for cases(); ``encodings`` are those that can be fed."""

    def encoding(text: str) -> str:
        return one_of(text, encodings)

    parser.add_argument(
        '--faces', type=listed(_faces), default=[1], metavar='N,…', help='default: 1'
    )
    parser.add_argument(
        '--size',
        type=listed(_size),
        default=[(640, 480)],
        metavar='WxH,…',
        help='of the pictures; default: 640x480',
    )
    parser.add_argument(
        '--fps', type=listed(_rate), default=[30.0], metavar='HZ,…', help='default: 30'
    )
    parser.add_argument(
        '--encoding',
        type=listed(encoding),
        default=[encodings[0]],
        metavar='NAME,…',
        help=f'{", ".join(encodings)}; default: {encodings[0]}',
    )
    parser.add_argument(
        '--seconds', type=duration_s, default=10.0, help='of each stream; default: 10'
    )


def cases(args: argparse.Namespace) -> list[Case]:
    """All combinations of what was given."""
    return [
        Case(faces, width, height, fps, args.seconds, encoding)
        for encoding, (width, height), faces, fps in itertools.product(
            args.encoding, args.size, args.faces, args.fps
        )
    ]


def listed(parse: Callable[[str], _Item]) -> Callable[[str], list[_Item]]:
    """Parses values that are joined by commas."""
    return lambda text: [parse(part) for part in text.split(',')]


def one_of(text: str, names: Sequence[str]) -> str:
    """A name that is known.  Raises ArgumentTypeError."""
    if text not in names:
        raise argparse.ArgumentTypeError(f'{text!r} is not one of {", ".join(names)}')
    return text


def _faces(text: str) -> int:
    return int(_between(text, 1, MOST_FACES))


def _rate(text: str) -> float:
    return _between(text, 1.0, _HIGHEST_RATE)


def duration_s(text: str) -> float:
    """How long a stream is.  Raises ArgumentTypeError."""
    return _between(text, 0.1, MOST_SECONDS)


def _between(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f'{text} is not in {least:g} to {most:g}')
    return value


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r'(\d{2,5})x(\d{2,5})', text)
    if match is None or any(int(edge) % 2 for edge in match.groups()):
        raise argparse.ArgumentTypeError(f'{text!r} is not WIDTHxHEIGHT in even numbers')
    return int(match[1]), int(match[2])
