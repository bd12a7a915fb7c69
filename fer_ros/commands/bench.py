"""fer-ros bench: measurements that anybody can repeat."""

from __future__ import annotations

import argparse
from typing import Any

from fer_ros import cli

BENCHMARKS = {
    'all': (
        'fer_ros.commands.bench_all',
        'the whole of pipeline and node, held against the targets',
    ),
    'pipeline': (
        'fer_ros.commands.bench_pipeline',
        'how long each stage takes for a frame, at so many faces, in pictures of such a size',
    ),
    'node': (
        'fer_ros.ros.node_benchmark',
        'how long after its capture an emotion has reached another process',
    ),
    'streams': (
        'fer_ros.ros.streams_benchmark',
        'what several robots cost in one process, and in a process each',
    ),
    'train': (
        'fer_ros.commands.bench_train',
        'how many examples a second training and offline inference get through',
    ),
    'device': (
        'fer_ros.commands.bench_device',
        'how many faces and windows of sound a second the CPU or a GPU reads, in which batches',
    ),
    'evaluate': (
        'fer_ros.commands.bench_evaluate',
        'how many times faster than it was recorded a recording is evaluated',
    ),
    'sync': (
        'fer_ros.ros.sync_benchmark',
        'how much sound comes with the pictures, against the synchronizers of message_filters',
    ),
    'smoothing': (
        'fer_ros.commands.bench_smoothing',
        'how often labels change with each smoothing, and how late they follow a change',
    ),
    'fusion': (
        'fer_ros.commands.bench_fusion',
        'every strategy of fusion, on votes of people and on synthetic pairs',
    ),
}
"""Name -> module, with add_arguments(parser) and run(args) as a command has, and help."""

ROS = {'message_filters', 'rclpy'}


class BenchError(ValueError):
    """A benchmark that cannot run here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which benchmark; it has arguments of its own."""
    width = max(map(len, BENCHMARKS))
    listed = '\n'.join(f'  {name:{width}}  {about}' for name, (_, about) in BENCHMARKS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f'benchmarks:\n{listed}'
    parser.add_argument('benchmark', choices=BENCHMARKS)
    parser.add_argument(
        'rest', nargs=argparse.REMAINDER, metavar='...', help='its arguments; --help lists them'
    )


def run(args: argparse.Namespace) -> int:
    """Run the benchmark."""
    name: str = args.benchmark
    module = _load(name)
    parser = argparse.ArgumentParser(prog=f'fer-ros bench {name}')
    module.add_arguments(parser)
    code: int = module.run(parser.parse_args(args.rest))
    return code


def _load(name: str) -> Any:
    try:
        return cli.load(f'bench {name}', BENCHMARKS[name][0])
    except ModuleNotFoundError as error:
        missing = (error.name or '').partition('.')[0]
        if missing not in ROS and not missing.endswith('_msgs'):
            raise
        raise BenchError(
            f'bench {name} needs {missing} of ROS 2: source setup.bash, or the one of ROS itself'
        ) from error
