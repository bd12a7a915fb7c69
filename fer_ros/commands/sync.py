"""fer-ros sync: how much later sound is stamped than pictures, and what to set."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fer_ros.av_offset import AvOffset
from fer_ros.commands import arguments
from fer_ros.drive import Scenes
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline
from fer_ros.sources import MediaError, open_media
from fer_ros.types import AudioChunk, Frame

_ALL_S = 3600.0
"""A recording is used as a whole, not only its newest minute."""
_BAG_FILES = {'.mcap', '.db3'}


class SyncError(ValueError):
    """A recording that cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which recordings."""
    parser.description = (
        'Estimate how much later the sound of a recording is stamped than its pictures, from '
        'mouths that move with the voice, and say what to set. It takes about 20 s in which a '
        'face is seen speaking. The exit code is 1 where the offset of a recording stays unknown.'
    )
    parser.add_argument(
        'recordings', nargs='+', type=Path, metavar='FILE|BAG', help='video files or ROS 2 bags'
    )
    arguments.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Measure one recording after the other; 1 if one is broken or tells nothing."""
    config = arguments.perception_config(args.config)
    # measured as the stamps are, each recording by itself
    config = replace(config, sync=replace(config.sync, memory=_ALL_S, correct=False))
    scenes = Scenes(EmotionPipeline.load(config))
    failed = False
    for path in args.recordings:
        try:
            offset = _measured(scenes, path)
        except (MediaError, SyncError) as error:
            print(f'fer-ros: error: {error}', file=sys.stderr)
            failed = True
            continue
        failed = failed or offset is None or offset.confidence < config.sync.min_confidence
        print(f'{path}: {_told(offset, config)}', flush=True)
    return 1 if failed else 0


def _measured(scenes: Scenes, path: Path) -> AvOffset | None:
    offset = None
    for result in scenes.results(_opened(path)):
        offset = result.av_offset
    return offset


def _opened(path: Path) -> Iterator[Frame | AudioChunk]:
    is_bag = path.is_dir() or path.suffix in _BAG_FILES
    return _bag(path) if is_bag else open_media(path)


def _bag(path: Path) -> Iterator[Frame | AudioChunk]:
    try:
        from fer_ros.evaluation.bag_reading import BagError
        from fer_ros.evaluation.bags import open_bag
    except ModuleNotFoundError as error:
        raise SyncError(
            f'{path}: bags need the Python package {error.name}: in the source folder, '
            "pip install '.[evaluate]'"
        ) from error
    try:
        yield from open_bag(path)
    except BagError as error:
        raise SyncError(str(error)) from error


def _told(offset: AvOffset | None, config: PerceptionConfig) -> str:
    if offset is None:
        return 'the offset is not known: too little of a speaking face'
    evidence = f'from {offset.evidence_s:.0f} s of a speaking face'
    if offset.confidence < config.sync.min_confidence:
        return (
            f'the offset is not known: {offset.offset_s:+.3f} s is likeliest, but its confidence '
            f'is {offset.confidence:.3f} {evidence}, and {config.sync.min_confidence:g} is needed'
        )
    side = 'later' if offset.offset_s > 0 else 'earlier'
    wanted = config.clocks.microphone_offset - offset.offset_s
    return (
        f'sound is stamped {abs(offset.offset_s):.3f} s {side} than pictures (confidence '
        f'{offset.confidence:.3f} {evidence}); to correct it: clocks.microphone_offset: '
        f'{wanted:.2f}'
    )
