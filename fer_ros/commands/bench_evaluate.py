"""fer-ros bench evaluate: how many times faster than it was recorded a recording is evaluated.

The whole command is timed in a process of its own, as people run it: starting Python and loading
the models count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from heapq import merge
from pathlib import Path
from typing import Any

from fer_ros.benchmarks.cases import add_cases, cases
from fer_ros.benchmarks.machine import machine
from fer_ros.benchmarks.scenes import Clip, Scene, default_detector, read_clip, sound
from fer_ros.benchmarks.stream import START_NS, Case
from fer_ros.commands import arguments
from fer_ros.evaluation.bag_samples import IMAGES, BagFormat
from fer_ros.evaluation.bag_writing import write_bag
from fer_ros.evaluation.timing import TIMING
from fer_ros.sources import sample_path
from fer_ros.types import NS_PER_S, AudioChunk, Frame

_BAGS = 'bags'


class BenchEvaluateError(RuntimeError):
    """An evaluation that failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is recorded, and how it is evaluated."""
    parser.description = (
        'Make bags of the sample (a real face, a voice) in a temporary folder and evaluate them. '
        'What is counted is the whole command, with loading the models and writing the report.'
    )
    add_cases(parser, IMAGES)
    parser.add_argument(
        '--bags', type=arguments.count, default=1, metavar='N', help='of each stream; default: 1'
    )
    parser.add_argument(
        '--workers', type=arguments.count, default=1, metavar='N', help='processes'
    )
    parser.add_argument('--format', choices=('text', 'json'), default='text')


def run(args: argparse.Namespace) -> int:
    """Make, evaluate, print."""
    here = machine()
    clip = read_clip(sample_path(), default_detector().detect)
    if args.format == 'text':
        print(here.summary)
    runs = []
    for case in cases(args):
        with tempfile.TemporaryDirectory(prefix='fer_ros_bench_') as folder:
            root = Path(folder)
            for number in range(args.bags):
                form = BagFormat(images=case.encoding)
                write_bag(root / _BAGS / f'{number}', _samples(clip, case), (), form)
            found = _evaluated(root, args.workers)
        runs.append({'case': asdict(case), 'bags': args.bags, 'workers': args.workers, **found})
        if args.format == 'text':
            print(
                f'{args.bags} x {case.seconds:g} s of {case.name}, {args.workers} workers: '
                f'{found["wall_s"]:.1f} s, {found["speed"]:.1f} times as fast as recorded; '
                f'{found["loading_s"]:.1f} s of it before and after the recordings'
            )
    if args.format == 'json':
        print(json.dumps({'machine': asdict(here), 'runs': runs}, indent=2))
    if here.warning:
        print(here.warning, file=sys.stderr)
    return 0


def _samples(clip: Clip, case: Case) -> Iterator[Frame | AudioChunk]:
    heard = sound(clip, START_NS, case.seconds)
    return merge(_frames(clip, case), heard, key=lambda sample: sample.stamp_ns)


def _frames(clip: Clip, case: Case) -> Iterator[Frame]:
    scene = Scene(clip, case.faces, case.width, case.height)
    for number in range(round(case.seconds * case.fps)):
        seconds = number / case.fps
        yield scene.frame(START_NS + round(seconds * NS_PER_S), seconds)


def _evaluated(root: Path, workers: int) -> dict[str, Any]:
    """The times of one run of fer-ros evaluate."""
    report = root / 'report'
    command = [sys.executable, '-m', 'fer_ros', 'evaluate', str(root / _BAGS)]
    command += ['--report', str(report), '--workers', str(workers)]
    begin_s = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    wall_s = time.perf_counter() - begin_s
    if done.returncode:
        raise BenchEvaluateError(f'fer-ros evaluate failed: {done.stderr.strip()}')
    timing = json.loads((report / TIMING).read_text(encoding='utf-8'))
    seconds = [each['seconds'] for each in timing['recordings'].values()]
    busy_s = sum(seconds) / min(workers, len(seconds))
    return {
        'wall_s': wall_s,
        'recorded_s': timing['recorded_s'],
        'speed': timing['recorded_s'] / wall_s,
        'loading_s': max(0.0, wall_s - busy_s),
        'stages': timing['stages'],
    }
