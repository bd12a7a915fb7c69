"""fer-ros evaluate: what the pipeline is worth on recordings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm  # type: ignore[import-untyped]

from fer_ros.commands import arguments
from fer_ros.evaluation import page, summary
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.comparison import COMPARISON, compare
from fer_ros.evaluation.recordings import find_recordings
from fer_ros.evaluation.replay import Outcome, Task
from fer_ros.evaluation.results import Evaluation, Failure, to_json
from fer_ros.evaluation.running import Means, assign_labels, evaluate
from fer_ros.evaluation.scoring import Unit
from fer_ros.perception_config import PerceptionConfig
from fer_ros.writing import write_text

FPS = 25.0


class EvaluateError(ValueError):
    """Arguments that do not go together."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recordings, labels, where the report goes, and what evaluates."""
    usual = Topics()
    parser.description = (
        'Run recordings through the pipeline as fast as the machine can, always to the same '
        'results, and say how good they are: bags of ROS 2 and ROS 1, videos, sound files and '
        'folders of numbered pictures, or folders of these. Labels are those of --labels, else '
        'of RECORDING.labels.csv beside it, else those recorded in a bag, else the name of a '
        'folder that is an emotion. Needs no ROS.'
    )
    parser.add_argument('recordings', nargs='+', type=Path, metavar='RECORDING')
    parser.add_argument(
        '--report',
        type=Path,
        required=True,
        metavar='FOLDER',
        help='an earlier report is replaced',
    )
    parser.add_argument(
        '--labels',
        type=Path,
        action='append',
        default=[],
        metavar='FILE',
        help='CSV or JSON lines with label, start, end, file, track, group, valence, arousal; '
        'may be given several times',
    )
    which = parser.add_mutually_exclusive_group()
    arguments.add_config(which)
    which.add_argument(
        '--compare',
        type=Path,
        nargs='+',
        metavar='FILE',
        help='several such files on the same recordings, each against the first',
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        '--workers',
        type=arguments.count,
        default=1,
        metavar='N',
        help='processes; default %(default)d',
    )
    who.add_argument('--cluster', metavar='ADDRESS', help='of a Dask scheduler: tcp://host:8786')
    topics = parser.add_argument_group('topics of bags, where there are several of one type')
    topics.add_argument('--image-topic', metavar='TOPIC')
    topics.add_argument('--audio-topic', metavar='TOPIC')
    topics.add_argument('--audio-info-topic', metavar='TOPIC')
    topics.add_argument(
        '--labels-topic', default=usual.labels, metavar='TOPIC', help='default %(default)s'
    )
    parser.add_argument(
        '--fps',
        type=arguments.positive,
        default=FPS,
        help='of folders of pictures; default %(default)g',
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate; 1 if a recording could not be read."""
    topics = Topics(args.image_topic, args.audio_topic, args.audio_info_topic, args.labels_topic)
    tasks = assign_labels(find_recordings(args.recordings, topics, args.fps), args.labels)
    means = Means(args.workers, args.cluster)
    if not args.compare:
        evaluation, _ = _evaluate(
            arguments.perception_config(args.config), tasks, args.report, means
        )
        return 1 if evaluation.failures else 0
    runs: list[tuple[str, Sequence[Unit]]] = []
    failures: list[Failure] = []
    for name, config in _configs(args.compare).items():
        print(f'{name}:')
        evaluation, units = _evaluate(config, tasks, args.report / name, means)
        runs.append((name, units))
        failures += evaluation.failures
    comparison = compare(runs)
    write_text(args.report / COMPARISON, to_json(comparison))
    print(*summary.of_comparison(comparison), sep='\n')
    print(f'comparison: {page.write_comparison_page(args.report)}')
    return 1 if failures else 0


def _evaluate(
    config: PerceptionConfig, tasks: Sequence[Task], folder: Path, means: Means
) -> tuple[Evaluation, list[Unit]]:
    with _Bar(tasks) as bar:
        try:
            evaluation, units = evaluate(config, tasks, folder, means, bar.add, bar.end)
        except KeyboardInterrupt:
            bar.print(f'interrupted; what was finished is in {folder}')
            raise
    print(*summary.of_evaluation(evaluation), sep='\n')
    print(f'report: {folder / page.PAGE}')
    return evaluation, units


def _configs(paths: Sequence[Path]) -> dict[str, PerceptionConfig]:
    """Parameter files by the name of their report's folder."""
    if len(paths) < 2:
        raise EvaluateError('--compare needs at least two parameter files')
    configs = {path.stem: arguments.perception_config(path) for path in paths}
    if len(configs) < len(paths):
        raise EvaluateError('--compare needs parameter files of different names')
    return configs


class _Bar:
    """Progress in seconds of the recordings, with the time left; and lines above it."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._lengths = {task.source.name: task.source.length_s() for task in tasks}
        total = round(sum(self._lengths.values()), 1)
        self._bar = tqdm(total=total, unit='s', disable=None, file=sys.stderr)
        self._done = 0.0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def add(self, seconds: float) -> None:
        """So much more of a recording was evaluated."""
        self._done += seconds
        self._bar.update(seconds)

    def end(self, outcome: Outcome | Failure) -> None:
        """A recording is finished, also if less of it was evaluated than it promised."""
        if isinstance(outcome, Failure):
            name = outcome.name
            self.print(f'fer-ros: error: {name}: {outcome.reason}')
        else:
            name = outcome.recording.name
            problems = summary.of_problems(outcome.recording)
            if problems:
                self.print(f'fer-ros: warning: {problems}')
        self._bar.update(self._lengths[name] - self._done)
        self._done = 0.0

    def print(self, line: str) -> None:
        """A line above the bar."""
        self._bar.write(line, file=sys.stderr)
