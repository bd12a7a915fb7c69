"""fer-ros bench pipeline: how long each stage takes for a frame, and the whole of it."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from fer_ros.benchmarks.cases import add_cases, cases, listed, one_of
from fer_ros.benchmarks.floor import measured_rates
from fer_ros.benchmarks.machine import machine
from fer_ros.benchmarks.messages import ENCODINGS
from fer_ros.benchmarks.output import add_output, tell
from fer_ros.benchmarks.peer import PEERS, Peer, PeerResult
from fer_ros.benchmarks.pipeline import Floors, PipelineRun, summed_up
from fer_ros.benchmarks.pipeline_report import report
from fer_ros.benchmarks.processes import Usage, usage
from fer_ros.benchmarks.scenes import read_clip
from fer_ros.benchmarks.spread import spread
from fer_ros.benchmarks.stream import Case, Encode, Record, Stream
from fer_ros.commands import arguments
from fer_ros.pipeline import EmotionPipeline
from fer_ros.sources import sample_path


class BenchPipelineError(ValueError):
    """A stream that cannot be made."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is fed, and how it is told."""
    parser.description = (
        'Feed the pipeline with pictures of real faces and with a real voice, and measure every '
        'stage. Times are those of the frames in which a stage ran. The floor is what the machine '
        'allows: multiply-adds over its measured rate, bytes over the bandwidth of its memory. '
        'Several values, joined by commas, are combined with each other.'
    )
    add_cases(parser, ENCODINGS)
    parser.add_argument('--clip', type=Path, help='video of one face that talks; default: sample')
    arguments.add_config(parser)
    parser.add_argument('--device', help='instead of that of the parameters')
    parser.add_argument(
        '--peer',
        type=listed(lambda text: one_of(text, PEERS)),
        default=[],
        metavar='NAME,…',
        help=f'other packages on the same pictures, frame by frame in turn: {", ".join(PEERS)}; '
        'each may use all cores',
    )
    parser.add_argument(
        '--peer-python', default=sys.executable, metavar='FILE', help='interpreter that has them'
    )
    parser.add_argument(
        '--peer-frames',
        type=arguments.count,
        default=30,
        metavar='N',
        help='frames of each stream for them',
    )
    parser.add_argument('--summary', action='store_true', help='no tables of stages')
    add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    here = machine()
    config = arguments.perception_config(args.config)
    config = replace(config, device=args.device or config.device)
    begin_s = time.perf_counter()
    pipeline = EmotionPipeline.load(config)
    loaded_s = time.perf_counter() - begin_s
    if pipeline.face is None:
        raise BenchPipelineError('face.enabled is false: pictures would not be looked at')
    clip = read_clip(args.clip or sample_path(), pipeline.face.detector.detect)
    encode = _encoder()
    streams = cases(args)
    first_ns = Stream(pipeline, clip, streams[0], encode).warm_up()
    with ExitStack() as running:
        peers = [
            running.enter_context(Peer(name, args.peer_python, here.cores)) for name in args.peer
        ]
        measured = [
            _measured(Stream(pipeline, clip, case, encode), case, peers, args.peer_frames)
            for case in streams
        ]
    # only now, because the large matrices for it would count as memory of the pipeline
    floors = Floors(config, measured_rates(config.threads))
    run_ = PipelineRun(
        here,
        config.threads,
        pipeline.facts(),
        loaded_s,
        first_ns / 1e6,
        encode is not None,
        floors.rates,
        floors.multiply_adds,
        [
            summed_up(case, record, used, floors.of(case), others)
            for case, record, used, others in measured
        ],
    )
    with_stages = not args.summary
    tell(args, run_, lambda table: report(run_, table, with_stages=with_stages), run_.warnings)
    return 0


def _measured(
    stream: Stream, case: Case, peers: Sequence[Peer], peer_frames: int
) -> tuple[Case, Record, Usage, list[PeerResult]]:
    """Run a stream; the peers get some of its pictures, evenly spread, each after we have."""
    stream.warm_up()
    count = stream.remaining
    for number in range(count):
        image = stream.step().image
        if number == 0:
            for peer in peers:
                peer.warm_up(image)
        if number * peer_frames // count != (number + 1) * peer_frames // count:
            for peer in peers:
                peer.read(image)
    record, used = stream.record, usage()
    ours, cpu_ms = spread(record.frame_ns), record.cpu_ns / 1e6 / count
    return case, record, used, [peer.result(ours, cpu_ms) for peer in peers]


def _encoder() -> Encode | None:
    """What makes messages of results; None where there is no ROS."""
    try:
        module: Any = importlib.import_module('fer_ros.ros.bench_encoding')
    except ModuleNotFoundError:
        return None
    encode: Encode = module.encoded_size
    return encode
