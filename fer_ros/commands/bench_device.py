"""fer-ros bench device: faces and windows of sound a second, on the CPU or a GPU."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fer_ros.benchmarks.cases import listed, one_of
from fer_ros.benchmarks.device import (
    GOALS,
    Throughput,
    device_name,
    readers,
    throughput,
    usual_precisions,
)
from fer_ros.benchmarks.machine import Machine, machine
from fer_ros.benchmarks.output import add_output, tell
from fer_ros.benchmarks.tables import Table
from fer_ros.commands import arguments
from fer_ros.precision import PRECISIONS, PrecisionError

_EXPLICIT = PRECISIONS[1:]


@dataclass(frozen=True)
class DeviceRun:
    """All that was measured in one go."""

    machine: Machine
    device: str
    threads: int
    found: tuple[Throughput, ...]

    def report(self, table: Table) -> str:
        """One line for each, and the fastest of each modality."""
        on_gpu = any(each.device_mb is not None for each in self.found)
        head = ['', 'runs in', 'precision', 'batch', 'runs']
        head += ['min ms', 'p50 ms', 'p95 ms', 'p99 ms', 'per s']
        rows = [
            [
                f'{each.modality} {each.model}',
                each.runtime,
                each.precision,
                str(each.batch),
                str(each.times.runs),
                f'{each.times.min_ms:.2f}',
                f'{each.times.p50_ms:.2f}',
                f'{each.times.p95_ms:.2f}',
                f'{each.times.p99_ms:.2f}',
                f'{each.examples_per_s:,.0f}',
                *([f'{each.device_mb or 0:,.0f}'] if on_gpu else []),
            ]
            for each in self.found
        ]
        if on_gpu:
            head.append('device MB')
        lines = [self.machine.summary, f'device {self.device}; threads {self.threads}']
        lines += ['', table(head, rows), '', *self._fastest(on_gpu)]
        return '\n'.join(lines)

    def _fastest(self, on_gpu: bool) -> Iterator[str]:
        for modality in dict.fromkeys(each.modality for each in self.found):
            own = [each for each in self.found if each.modality == modality]
            best = max(own, key=lambda each: each.examples_per_s)
            goal = f'; the goal for an H100 is {GOALS[modality]:,.0f}' if on_gpu else ''
            yield (
                f'{modality}: at most {best.examples_per_s:,.0f} a second, in {best.runtime}, '
                f'{best.precision}, batches of {best.batch}{goal}'
            )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What runs where."""
    parser.description = (
        'Faces and windows of sound a second, as offline evaluation reads them: from crops and '
        'samples on the host to arrays on the host, with all preparation and copying. On the CPU '
        'in onnxruntime, as the pipeline does, and in PyTorch; on a GPU in PyTorch.'
    )
    arguments.add_models(parser)
    parser.add_argument(
        '--precision',
        type=listed(lambda text: one_of(text, _EXPLICIT)),
        metavar='NAME,…',
        help=f'of PyTorch: {", ".join(_EXPLICIT)}; default: all of them, on the CPU not float16',
    )
    parser.add_argument(
        '--batch',
        type=listed(arguments.count),
        default=[1, 8, 64, 256, 1024],
        metavar='N,…',
        help='default: 1,8,64,256,1024',
    )
    parser.add_argument(
        '--seconds', type=arguments.positive, default=2.0, help='of each; default: 2'
    )
    parser.add_argument(
        '--threads', type=arguments.count, default=1, help='on the CPU; default: 1'
    )
    arguments.add_config(parser)
    add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    here = machine()
    refused: list[str] = []
    found = tuple(_measured(args, lambda error: refused.append(f'left out: {error}')))
    result = DeviceRun(here, device_name(args.device), args.threads, found)
    tell(args, result, result.report, [*refused, *([here.warning] if here.busy else [])])
    return 0


def _measured(
    args: argparse.Namespace, on_refusal: Callable[[PrecisionError], None]
) -> Iterator[Throughput]:
    used = arguments.perception_config(args.config).models
    precisions = args.precision or usual_precisions(args.device)
    for modality in arguments.modalities(args):
        for reader in readers(
            modality, used[modality], args.device, precisions, args.threads, on_refusal
        ):
            for batch in args.batch:
                yield throughput(reader, batch, args.seconds)
