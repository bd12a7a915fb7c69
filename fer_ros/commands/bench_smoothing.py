"""fer-ros bench smoothing: how steady labels are with each smoothing, and how late they change."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_ros import plugins
from fer_ros.commands import arguments
from fer_ros.config import parse_chosen
from fer_ros.evaluation.steadiness import NONE, Method, Seen, delays_s, flips, people_of
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline
from fer_ros.resources import share_file
from fer_ros.sources import open_media

_ROW = '{:32} {:>6} {:>10} {:>8} {:>10} {:>10} {:>10}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recordings and settings."""
    parser.description = (
        'Count how often labels change without and with each smoothing, and measure how late a '
        'change is followed: at several moments all labels change their roles, and the label '
        'must follow. Delays are of people who are seen for at least six seconds.'
    )
    parser.add_argument(
        'files', nargs='*', type=Path, metavar='FILE', help='videos; default: the bundled sample'
    )
    arguments.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Print a table for each file, and one for all of them if there are several."""
    config = arguments.perception_config(args.config)
    unsmoothed = parse_chosen('smoothing', {'plugin': 'exponential', 'time_constant': 0.0})
    pipeline = EmotionPipeline.load(replace(config, smoothing=unsmoothed, label=NONE.label))
    methods = _methods(config)
    everybody: list[Seen] = []
    files = args.files or [share_file('samples/sample.mp4')]
    for path in files:
        people = people_of(open_media(path), pipeline)
        everybody += people
        _print(str(path), people, methods)
    if len(files) > 1:
        _print(f'all {len(files)} files', everybody, methods)
    return 0


def _methods(config: PerceptionConfig) -> dict[str, Method]:
    """Every smoothing with its defaults, and the configured one with its settings."""
    chosen = {
        name: parse_chosen('smoothing', {'plugin': name})
        for name in plugins.available('smoothing')
    } | {config.smoothing.plugin: config.smoothing}
    return {
        name: Method(plugins.build('smoothing', plugin), config.label)
        for name, plugin in chosen.items()
    }


def _print(title: str, people: Sequence[Seen], methods: dict[str, Method]) -> None:
    minutes = sum(seen.duration_s for seen in people) / 60
    many = 'person' if len(people) == 1 else 'people'
    print(f'{title}: {len(people)} {many}, {60 * minutes:.1f} s')
    print(
        _ROW.format(
            '', 'flips', 'per minute', 'fewer', 'delay mean', 'median', '90 % below'
        ).rstrip()
    )
    before = flips(people, NONE)
    for name, method in ({'none': NONE} | methods).items():
        count = flips(people, method)
        delays = delays_s(people, method)
        times = [f'{time:.2f} s' for time in _summary(delays)] or ['', '', '']
        fewer = f'{(before - count) / before:.0%}' if before else ''
        per_minute = f'{count / minutes:.1f}' if minutes else ''
        print(_ROW.format(name, count, per_minute, fewer, *times).rstrip())
    print()


def _summary(delays: Sequence[float]) -> list[float]:
    if not delays:
        return []
    return [float(np.mean(delays)), float(np.median(delays)), float(np.percentile(delays, 90))]
