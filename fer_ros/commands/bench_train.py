"""fer-ros bench train: examples a second of a training and of offline inference."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from fer_ros import compute
from fer_ros.benchmarks.cases import listed, one_of
from fer_ros.benchmarks.machine import Machine, machine
from fer_ros.benchmarks.output import add_output, tell
from fer_ros.benchmarks.tables import Table
from fer_ros.commands import arguments
from fer_ros.pipeline import PipelineConfig
from fer_ros.training.benchmark import Rate, inference_rate, training_rate

PRECISIONS = ('bf16-mixed', '32-true', '16-mixed')


@dataclass(frozen=True)
class TrainRun:
    """All that was measured in one go."""

    machine: Machine
    rates: dict[str, Rate]

    def report(self, table: Table) -> str:
        """One line for each."""
        rows = [
            [name, str(rate.batch), str(rate.batches), f'{rate.examples_per_s:,.0f}']
            for name, rate in self.rates.items()
        ]
        listed_rates = table(('', 'batch', 'batches', 'examples/s'), rows)
        return f'{self.machine.summary}\n\n{listed_rates}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What runs where."""
    parser.description = (
        'Examples a second of the default models, a face or a window of sound each: of training '
        'steps with augmentation, without teachers, and of inference from crops and samples. '
        'The data are noise.'
    )
    arguments.add_models(parser)
    parser.add_argument(
        '--precision',
        type=listed(lambda text: one_of(text, PRECISIONS)),
        default=['bf16-mixed'],
        metavar='NAME,…',
        help=f'of the training: {", ".join(PRECISIONS)}; default: bf16-mixed',
    )
    parser.add_argument(
        '--batch',
        type=listed(arguments.count),
        default=[1, 16, 128],
        metavar='N,…',
        help='default: 1,16,128',
    )
    parser.add_argument(
        '--seconds', type=arguments.positive, default=3.0, help='of each; default: 3'
    )
    parser.add_argument(
        '--threads', type=arguments.count, help='on the processor; default: all cores'
    )
    add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    here = machine()
    compute.use_threads(args.threads or here.cores)
    found = TrainRun(here, dict(_rates(args)))
    tell(args, found, found.report, [here.warning] if here.busy else [])
    return 0


def _rates(args: argparse.Namespace) -> Iterator[tuple[str, Rate]]:
    """Each with a name of its own."""
    models = PipelineConfig().models
    for name in arguments.modalities(args):
        for batch in args.batch:
            if batch > 1:  # batch norm has nothing to learn from a single example
                for precision in args.precision:
                    rate = training_rate(
                        name, models[name], args.device, precision, batch, args.seconds
                    )
                    yield f'{name} training {precision}, batch {batch}', rate
            rate = inference_rate(name, models[name], args.device, batch, args.seconds)
            yield f'{name} inference {models[name]}, batch {batch}', rate
