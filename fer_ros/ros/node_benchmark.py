"""fer-ros bench node: from the capture of a picture to its emotion in another process.

Three processes: the perception node as a robot runs it, a player that stands for the drivers of
camera and microphone, and this one, which reads.  Between them is the DDS of this machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from hri_msgs.msg import Expression, IdsList
from rclpy.qos import QoSProfile

from fer_ros.benchmarks.cases import add_cases, cases
from fer_ros.benchmarks.machine import machine
from fer_ros.benchmarks.messages import JPEG
from fer_ros.benchmarks.node import NodeResult, NodeRun, Start, report, summed_up_latency
from fer_ros.benchmarks.output import add_output, tell
from fer_ros.benchmarks.processes import usage
from fer_ros.benchmarks.spread import spread
from fer_ros.benchmarks.stream import Case
from fer_ros.ros import bench_player, qos
from fer_ros.ros.bench_graph import BenchGraph, BenchProcess
from fer_ros.ros.encode import stamp_of

TOPICS = ('emotion', 'emotion/face', 'emotion/voice')
TRACKED = 'humans/faces/tracked'
"""Comes with each picture; emotion/face only with those in which the face in focus was read."""
_NODE = 'fer_ros.ros.perception_node'
_PLAYER = 'fer_ros.ros.bench_player'

Arrivals = dict[str, list[tuple[int, int]]]
"""By topic: stamp and time of arrival of each message."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is played, and how it is told."""
    parser.description = (
        'Start the perception node, play pictures of real faces and a real voice at their pace, '
        'and measure how long after its capture an emotion has reached another process. emotion '
        'is a heartbeat (publish_rate); emotion/face and emotion/voice come with each result. '
        'All of it in a ROS domain of its own on this machine.'
    )
    add_cases(parser, bench_player.ENCODINGS)
    parser.add_argument('--clip', type=Path, help='video of one face that talks; default: sample')
    parser.add_argument(
        '--dds',
        choices=bench_player.DDS,
        default=bench_player.DDS[0],
        help='pictures: with shared memory that has room for them, as our media node sends; '
        'default: as a driver does for which nothing was set; default: %(default)s',
    )
    parser.add_argument(
        '--config', type=Path, metavar='FILE', help='parameters of the perception node'
    )
    add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    run_ = NodeRun(machine(), [_measured(case, args) for case in cases(args)])
    warnings = [run_.machine.warning] if run_.machine.busy else []
    tell(args, run_, lambda table: report(run_, table), warnings)
    return 0


def _measured(case: Case, args: argparse.Namespace) -> NodeResult:
    """One stream through a node of its own."""
    with BenchGraph() as graph:
        arrivals: Arrivals = {topic: [] for topic in TOPICS}
        for topic, pairs in arrivals.items():
            graph.node.create_subscription(Expression, topic, partial(_note, pairs), qos.EMOTION)
        looked_at: set[int] = set()
        graph.node.create_subscription(
            IdsList, TRACKED, lambda m: looked_at.add(stamp_of(m.header)), QoSProfile(depth=100)
        )
        node, start = _bring_up(graph, case, args.config)
        player = graph.start(_PLAYER, _player_arguments(case, args))
        _told(player, 'counting')
        before = usage(node.pid)
        told = _told(player, 'stamps')
        after = usage(node.pid)
        time.sleep(0.5)  # for what is still on its way
        stamps = told['stamps']
        # when no picture follows, the heartbeat tells the last one after a whole period
        arrivals['emotion'] = [pair for pair in arrivals['emotion'] if pair[0] != stamps[-1]]
        seen = looked_at | {stamp_ns for stamp_ns, _ in arrivals['emotion/face']}
        return NodeResult(
            case,
            args.dds,
            start,
            summed_up_latency(arrivals, stamps[0]),
            len(stamps),
            sum(stamp_ns in seen for stamp_ns in stamps),
            (after.cpu_s - before.cpu_s) / case.seconds,
            after,
            told['cpu_share'],
            spread(told['late_ns']),
        )


def _note(pairs: list[tuple[int, int]], message: Any) -> None:
    arrived_ns = time.time_ns()
    if message.expression:
        pairs.append((stamp_of(message.header), arrived_ns))


def _bring_up(graph: BenchGraph, case: Case, config: Path | None) -> tuple[BenchProcess, Start]:
    arguments = ['--ros-args', '--log-level', 'warn']
    if config is not None:
        arguments += ['--params-file', str(config)]
    if case.encoding == JPEG:
        arguments += ['-p', 'image_transport:=compressed']
    marks_s = [time.monotonic()]
    process = graph.start(_NODE, arguments)
    graph.wait_for(process, 'perception')
    marks_s.append(time.monotonic())
    for verb in ('configure', 'activate'):
        graph.transition(process, 'perception', verb)
        marks_s.append(time.monotonic())
    spent = [end_s - begin_s for begin_s, end_s in pairwise(marks_s)]
    return process, Start(*spent)


def _player_arguments(case: Case, args: argparse.Namespace) -> Sequence[str]:
    words = ['--faces', str(case.faces), '--size', f'{case.width}x{case.height}']
    words += ['--fps', str(case.fps), '--seconds', str(case.seconds)]
    words += ['--encoding', case.encoding, '--dds', args.dds]
    return [*words, '--clip', str(args.clip)] if args.clip else words


def _told(player: BenchProcess, key: str) -> dict[str, Any]:
    """The next line of the player, which must be about ``key``."""
    told: dict[str, Any] = json.loads(player.line())
    assert key in told, f'{key} was expected: {told}'
    return told
