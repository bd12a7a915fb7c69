"""Arguments that several commands take, and what they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_ros import config, yaml_files
from fer_ros.parameter_files import read_file
from fer_ros.perception_config import PerceptionConfig
from fer_ros.types import FACE, VOICE

_MODALITIES = (FACE, VOICE)


class ArgumentsError(ValueError):
    """An argument that cannot be read."""


def add_config(parser: argparse._ActionsContainer) -> None:
    """``--config``, for perception_config()."""
    parser.add_argument(
        '--config', type=Path, metavar='FILE', help='parameters as of the perception node'
    )


def perception_config(path: Path | None) -> PerceptionConfig:
    """The settings in a parameter file; the defaults where none was given."""
    return read_file(PerceptionConfig, path, 'perception') if path else PerceptionConfig()


def add_models(parser: argparse.ArgumentParser) -> None:
    """``--only``, for modalities(), and ``--device``: which models run where."""
    parser.add_argument(
        '--only', choices=_MODALITIES, help='one modality; default: face and voice'
    )
    parser.add_argument(
        '--device', default='auto', help='auto, cpu, cuda or cuda:N; default: auto'
    )


def modalities(args: argparse.Namespace) -> Sequence[str]:
    """Those whose models run."""
    return (args.only,) if args.only else _MODALITIES


def add_set(parser: argparse._ActionsContainer, what: str) -> None:
    """``--set``, for overrides(); ``what`` says what it changes."""
    parser.add_argument(
        '--set',
        action='append',
        default=[],
        metavar='KEY=VALUE',
        help=f'{what}; may be repeated',
    )


def overrides(words: Sequence[str]) -> dict[str, Any]:
    """The nested settings of ``key=value`` words, ``key=`` for an empty one.

    Raises ArgumentsError, ConfigError.
    """
    return config.nest(dict(_override(word) for word in words))


def _override(word: str) -> tuple[str, Any]:
    key, equals, value = word.partition('=')
    if not equals or not key:
        raise ArgumentsError(f'--set {word!r}: expected KEY=VALUE')
    try:
        return key, yaml_files.parse(value) if value else ''
    except yaml_files.YamlFileError as error:
        raise ArgumentsError(f'--set {word!r}: {error}') from error


def positive(text: str) -> float:
    """A finite number above 0.  Raises ArgumentTypeError or ValueError."""
    value = float(text)
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text} is not above 0')
    return value


def count(text: str) -> int:
    """A whole number from 1 on.  Raises ArgumentTypeError or ValueError."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{value} is less than 1')
    return value
