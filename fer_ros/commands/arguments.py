"""Arguments that several commands take, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_ros.parameter_files import read_file
from fer_ros.perception_config import PerceptionConfig


def add_config(parser: argparse._ActionsContainer) -> None:
    """``--config``, for perception_config()."""
    parser.add_argument(
        '--config', type=Path, metavar='FILE', help='parameters as of the perception node'
    )


def perception_config(path: Path | None) -> PerceptionConfig:
    """The settings in a parameter file; the defaults where none was given."""
    return read_file(PerceptionConfig, path, 'perception') if path else PerceptionConfig()


def positive(text: str) -> float:
    """A finite number above 0.  Raises ArgumentTypeError or ValueError."""
    value = float(text)
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text} is not above 0')
    return value
