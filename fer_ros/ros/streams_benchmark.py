"""fer-ros bench streams: what several robots cost in one process, and in a process each.

Every robot has a camera and a microphone that play the sample, in a process of its own.  What each
perception tells in /diagnostics is what is measured, so the latency is from the stamp of a picture
to the result of it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from diagnostic_msgs.msg import DiagnosticArray

from fer_ros.benchmarks.cases import duration_s, listed
from fer_ros.benchmarks.machine import Machine, machine
from fer_ros.benchmarks.output import add_output, tell
from fer_ros.benchmarks.processes import shared_memory_mb, usage
from fer_ros.benchmarks.tables import Table
from fer_ros.ros.bench_graph import BenchGraph, BenchProcess, GraphError, wait_until

_NODE = 'fer_ros.ros.perception_node'
_PLAYER = 'fer_ros.ros.media_node'
_COMPRESSED = ('-p', 'image_transport:=compressed')
"""As pictures of several robots come over a network."""
_WARM_UP_S = 5.0
"""Until whole windows of sound are there, and the first reports with them."""
_MOST = 32
_NUMBERS = {
    'rate_hz': 'rate [Hz]',
    'latency_p50_ms': 'latency p50 [ms]',
    'latency_p95_ms': 'latency p95 [ms]',
    'face_net_p50_ms': 'stage face_net p50 [ms]',
}
"""Field of a result -> what the status of the pipeline calls it."""


@dataclass(frozen=True)
class StreamsResult:
    """So many robots in so many processes; numbers are the median of robots and seconds."""

    streams: int
    processes: int
    rate_hz: float
    """Results a second of one robot."""
    latency_p50_ms: float
    """From the stamp of a picture to its result."""
    latency_p95_ms: float
    face_net_p50_ms: float
    """Of the network of faces, with the time that it is waited for."""
    cpu_share: float
    """Of all perception together: 1 is one core."""
    memory_mb: float
    """Of all perception together, what they share counted once."""


@dataclass(frozen=True)
class StreamsRun:
    """All that was measured in one go."""

    machine: Machine
    results: list[StreamsResult]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and how it is told."""
    parser.description = (
        'Play the sample to several perceptions, in one process and then in a process each, and '
        'tell latency, processor and memory. All of it in a ROS domain of its own.'
    )
    parser.add_argument(
        '--streams', type=listed(_count), default=[1, 2, 4], metavar='N,…', help='default: 1,2,4'
    )
    parser.add_argument('--seconds', type=duration_s, default=10.0, help='of each; default: 10')
    parser.add_argument(
        '--config', type=Path, metavar='FILE', help='parameters of the perception nodes'
    )
    add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    results = [
        _measured(count, together, args.seconds, args.config)
        for count in args.streams
        for together in ((True, False) if count > 1 else (True,))
    ]
    run_ = StreamsRun(machine(), results)
    warnings = [run_.machine.warning] if run_.machine.busy else []
    tell(args, run_, lambda table: report(run_, table), warnings)
    return 0


def report(run_: StreamsRun, table: Table) -> str:
    """The machine and a table."""
    head = ('robots', 'processes', 'results/s', 'latency p50', 'p95', 'face net', 'CPU', 'memory')
    rows = [
        (
            str(result.streams),
            str(result.processes),
            f'{result.rate_hz:.1f}',
            f'{result.latency_p50_ms:.1f} ms',
            f'{result.latency_p95_ms:.1f} ms',
            f'{result.face_net_p50_ms:.2f} ms',
            f'{result.cpu_share:.0%}',
            f'{result.memory_mb:.0f} MB',
        )
        for result in run_.results
    ]
    return f'{run_.machine.summary}\n\n{table(head, rows)}'


def _measured(count: int, together: bool, seconds: float, config: Path | None) -> StreamsResult:
    names = [f'robot{number + 1}' for number in range(count)]
    told: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    with BenchGraph() as graph, ExitStack() as measuring:
        subscription = graph.node.create_subscription(
            DiagnosticArray, '/diagnostics', lambda message: _note(told, message), 10
        )
        measuring.callback(graph.node.destroy_subscription, subscription)
        parameters = ['--params-file', str(config)] if config is not None else []
        nodes = [
            graph.start(_NODE, ['--ros-args', '--log-level', 'warn', *parameters, *more])
            for more in _layout(names, together)
        ]
        for name in names:
            where = ['-r', f'__ns:=/{name}', '--log-level', 'warn']
            what = ['-p', 'source:=sample', '-p', 'loop:=true']
            graph.start(_PLAYER, ['--ros-args', *where, *what, *_COMPRESSED])
        for name in names:
            wait_until(lambda name=name: bool(told[name]), nodes[0], f'results of {name}')
        time.sleep(_WARM_UP_S)
        for reports in told.values():
            reports.clear()
        before_s, begin_s = _cpu_s(nodes), time.monotonic()
        time.sleep(seconds)
        cpu_share = (_cpu_s(nodes) - before_s) / (time.monotonic() - begin_s)
        if silent := [name for name, reports in told.items() if not reports]:
            raise GraphError(f'no results of {", ".join(silent)} within {seconds:g} s')
        reports = [each for reports in told.values() for each in reports]
        return StreamsResult(
            count,
            len(nodes),
            **{field: _median(reports, key) for field, key in _NUMBERS.items()},
            cpu_share=cpu_share,
            memory_mb=sum(shared_memory_mb(node.pid) for node in nodes),
        )


def _layout(names: Sequence[str], together: bool) -> list[list[str]]:
    """The arguments of each process."""
    start = ['-p', 'autostart:=true', *_COMPRESSED]
    if together:
        return [[*start, '-p', f'streams:={list(names)}']]
    return [[*start, '-r', f'__ns:=/{name}'] for name in names]


def _note(told: dict[str, list[dict[str, str]]], message: DiagnosticArray) -> None:
    """Keep what a pipeline tells once it has results."""
    for status in message.status:
        name, _, part = status.name.partition('/perception: ')
        values = {pair.key: pair.value for pair in status.values}
        if part == 'pipeline' and name in told and all(map(values.get, _NUMBERS.values())):
            told[name].append(values)


def _median(reports: Sequence[dict[str, str]], key: str) -> float:
    return median(float(values[key]) for values in reports)


def _cpu_s(nodes: Sequence[BenchProcess]) -> float:
    return sum(usage(node.pid).cpu_s for node in nodes)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f'{text} is not in 1 to {_MOST}')
    return int(text)
