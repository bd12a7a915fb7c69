"""``fer-ros train``: one command from a labelled corpus to a model the nodes can load."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fer_ros import cards, config
from fer_ros.commands.arguments import add_set, overrides, positive
from fer_ros.writing import write_text

_SHOWN = {'accuracy': 'accuracy', 'uar': 'UAR', 'calibration_error': 'calibration error'}


class TrainError(ValueError):
    """A run's folder that belongs to another training."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument('task', help='face, voice, fusion, combiner or two_branch')
    parser.add_argument(
        '--config', type=Path, required=True, help='YAML file, config/train/*.yaml'
    )
    parser.add_argument('--data', type=Path, help='folder of the data; default: $FER_ROS_DATA')
    parser.add_argument('--out', type=Path, help='folder of the model; default: models/<config>')
    parser.add_argument('--run', type=Path, help='checkpoints and logs; default: runs/<config>-N')
    parser.add_argument('--seed', type=int, default=0, help='of all randomness; default: 0')
    add_set(parser, 'override a setting, as in loop.epochs=10')
    parser.add_argument('--accelerator', default='auto', help='cpu, gpu or auto')
    parser.add_argument('--devices', default='auto', help='how many, or auto for all')
    parser.add_argument(
        '--max-minutes', type=positive, help='stop then; the same command continues the training'
    )
    parser.add_argument('--quiet', action='store_true', help='no progress bar')


def run(args: argparse.Namespace) -> int:
    """Train, or continue a training; 0 when the model is written, 3 when time ran out first."""
    from fer_ros.training import export, loop, reading, task

    cls = task.load_task(args.task)
    settings = reading.read_config(cls.Config, args.config, overrides(args.set))
    made = task.make_task(args.task, settings, reading.data_folder(args.data))
    out = args.out or Path('models') / args.config.stem
    how = {'task': args.task, 'command': _again(args), 'seed': args.seed}
    if isinstance(made, task.FittedTask):
        made.train(out, how)
        print_results(out)
        return 0
    folder = args.run or Path('runs') / f'{args.config.stem}-{args.seed}'
    claim_run(folder, {'seed': args.seed, 'config': config.dump(settings)})
    fitted = loop.fit(
        made,
        args.seed,
        loop.Run(folder, args.accelerator, args.devices, args.max_minutes, not args.quiet),
    )
    if not fitted.leads:
        return 0
    if not fitted.finished:
        print(f'stopped after {len(fitted.history)} epochs; run the same command to continue')
        return 3
    if isinstance(made, task.JointTask):
        made.export(fitted, out, how)
    else:
        export.export(made, fitted, out, how)
    print_results(out)
    return 0


def print_results(out: Path) -> None:
    """Where the model is and the first numbers of its card."""
    print(f'wrote {out}')
    for part, numbers in cards.read(out).about.get('results', {}).items():
        if isinstance(numbers, Mapping):
            told = (f'{word} {numbers[key]:.3f}' for key, word in _SHOWN.items() if key in numbers)
            print(f'{part}: {", ".join(told)}')


def _again(args: argparse.Namespace) -> str:
    words = ['fer-ros', 'train', args.task, '--config', args.config.as_posix(), '--data', 'DIR']
    words += ['--seed', str(args.seed)]
    for override in args.set:
        words += ['--set', override]
    return shlex.join(words)


def claim_run(folder: Path, training: Mapping[str, Any]) -> None:
    """Note in a run's folder which training it is of.

    Raises TrainError where it is another one's, which would be continued with wrong settings.
    """
    note = folder / 'training.yaml'
    text = yaml.safe_dump(dict(training), sort_keys=False)
    if note.is_file() and note.read_text(encoding='utf-8') != text:
        raise TrainError(
            f'{folder} holds a training with another seed or settings (see {note}); '
            'give another --run, or remove it'
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(note, text)
