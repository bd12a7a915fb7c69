"""fer-ros bench sync: how much sound comes with the pictures, and what that costs in time.

AudioWindowFilter against the synchronizers of message_filters, on the same messages in the same
order.  Those have settings on which much depends: each is tried with several, and its best counts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product

from message_filters import ApproximateTimeSynchronizer, TimeSynchronizer

from fer_ros.benchmarks.cases import duration_s
from fer_ros.ros.sync import AudioWindowFilter
from fer_ros.ros.sync_streams import CONDITIONS, FPS, RATE_HZ, Condition, Outcome, Run, arrivals

CHUNK_RATES = (10.0, 31.25, 100.0)
WINDOW_S = 3.0
SLOPS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
QUEUES = (10, 100)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    chunk_rate: float
    condition: str
    synchronizer: str
    setting: str
    outcome: Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long, and how it is told."""
    parser.description = (
        f'Made-up streams of {FPS:g} pictures/s and sound of {RATE_HZ} Hz. For each synchronizer: '
        'the share of the sound and of the pictures that reach a callback, the share of the '
        f'{WINDOW_S:g} s before a picture that come with it, and how long a picture waits. Of '
        "message_filters' synchronizers the setting that lets most sound through is shown."
    )
    parser.add_argument(
        '--chunk-rates',
        type=float,
        nargs='+',
        default=CHUNK_RATES,
        metavar='HZ',
        help='chunks of sound a second; default: %(default)s',
    )
    parser.add_argument(
        '--seconds', type=duration_s, default=20.0, help='length of the streams; default: 20'
    )
    parser.add_argument('--format', choices=('text', 'json'), default='text')


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    if args.seconds < 3 * WINDOW_S:
        raise SyncBenchmarkError(f'--seconds {args.seconds:g} is less than {3 * WINDOW_S:g}')
    if not all(0 < chunk_rate <= RATE_HZ for chunk_rate in args.chunk_rates):
        raise SyncBenchmarkError(f'--chunk-rates {args.chunk_rates}: not in (0, {RATE_HZ}]')
    rows = measured(args.chunk_rates, args.seconds)
    if args.format == 'json':
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return 0
    print(
        f'chunks/s  {"stream":20}  {"synchronizer (setting)":52}'
        '  sound  pictures  window  wait p50'
    )
    for row in rows:
        print(_line(row), flush=True)
    return 0


class SyncBenchmarkError(ValueError):
    """Streams that are too short to be measured."""


def measured(
    chunk_rates: Iterable[float],
    seconds: float,
    conditions: Iterable[Condition] = CONDITIONS,
) -> Iterator[Row]:
    """Every synchronizer on every stream."""
    for chunk_rate, condition in product(chunk_rates, conditions):
        yield from _compared(chunk_rate, condition, seconds)


def _compared(chunk_rate: float, condition: Condition, seconds: float) -> Iterator[Row]:
    messages = arrivals(chunk_rate, condition, seconds)

    def outcome(connect: Callable[[Run], None]) -> Outcome:
        one = Run(seconds, WINDOW_S)
        connect(one)
        one.feed(messages)
        return one.outcome()

    row = partial(Row, chunk_rate, condition.name)
    yield row('AudioWindowFilter', f'{WINDOW_S:g} s', outcome(_ours))
    best = max(
        (
            (outcome(partial(_approximate, slop_s=slop_s, queue=queue)), slop_s, queue)
            for slop_s in SLOPS_S
            for queue in QUEUES
        ),
        key=lambda tried: (tried[0].sound, tried[0].pictures, -tried[1], -tried[2]),
    )
    yield row('ApproximateTimeSynchronizer', f'slop {best[1]:g} s, queue {best[2]}', best[0])
    exact = outcome(partial(_exact, queue=max(QUEUES)))
    yield row('TimeSynchronizer', f'queue {max(QUEUES)}', exact)


def _ours(one: Run) -> None:
    pair = AudioWindowFilter(
        image=one.images,
        audio=one.audio,
        rate_hz=RATE_HZ,
        window_s=WINDOW_S,
        clock=lambda: one.now_s,
    )
    pair.registerCallback(lambda picture, window: one.take(picture, window.samples))


def _approximate(one: Run, slop_s: float, queue: int) -> None:
    pair = ApproximateTimeSynchronizer([one.images, one.audio], queue, slop_s)
    pair.registerCallback(one.take_chunk)


def _exact(one: Run, queue: int) -> None:
    pair = TimeSynchronizer([one.images, one.audio], queue)
    pair.registerCallback(one.take_chunk)


def _line(row: Row) -> str:
    outcome = row.outcome
    name = f'{row.synchronizer} ({row.setting})'
    return (
        f'{row.chunk_rate:8g}  {row.condition:20}  {name:52}'
        f'{outcome.sound:7.1%}  {outcome.pictures:8.1%}  {outcome.window:6.1%}  '
        f'{1000 * outcome.wait_s:5.0f} ms'
    )
