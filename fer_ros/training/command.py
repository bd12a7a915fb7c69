"""``fer-ros train``: one command from a labelled corpus to a model the nodes can load."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fer_ros import cards, config, yaml_files
from fer_ros.commands.arguments import add_set, overrides
from fer_ros.resources import share_file

_SHOWN = {'accuracy': 'accuracy', 'uar': 'UAR', 'calibration_error': 'calibration error'}


class CommandError(ValueError):
    """An argument that cannot be used."""


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
        '--max-minutes', type=float, help='stop then; the same command continues the training'
    )
    parser.add_argument('--quiet', action='store_true', help='no progress bar')


def run(args: argparse.Namespace) -> int:
    """Train, or continue a training; 0 when the model is written, 3 when time ran out first."""
    from fer_ros.training import export, loop, task

    cls = task.load_task(args.task)
    settings = read_config(cls.Config, args.config, args.set)
    made = task.make_task(args.task, settings, data_folder(args.data))
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
    overrides = ''.join(f' --set {word}' for word in args.set)
    return (
        f'fer-ros train {args.task} --config {args.config.as_posix()} --data DIR '
        f'--seed {args.seed}{overrides}'
    )


def claim_run(folder: Path, training: Mapping[str, Any]) -> None:
    """Note in a run's folder which training it is of.

    Raises CommandError where it is another one's, which would be continued with wrong settings.
    """
    note = folder / 'training.yaml'
    text = yaml.safe_dump(dict(training), sort_keys=False)
    if note.is_file() and note.read_text(encoding='utf-8') != text:
        raise CommandError(
            f'{folder} holds a training with another seed or settings (see {note}); '
            'give another --run, or remove it'
        )
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(text, encoding='utf-8')


def data_folder(given: Path | None) -> Path:
    """The folder of the data: the one given, else $FER_ROS_DATA.  Raises CommandError."""
    named = given or os.environ.get('FER_ROS_DATA')
    if not named:
        raise CommandError('no data: give --data DIR or set FER_ROS_DATA')
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise CommandError(f'no folder {str(folder)!r}')
    return folder


def read_config(cls: type[Any], path: Path, words: Sequence[str] = ()) -> Any:
    """A task's configuration from a YAML file and ``key=value`` words, strictly parsed.

    Raises CommandError for a file and ArgumentsError for a word that cannot be read, ConfigError
    for a wrong setting.
    """
    try:
        data = yaml_files.read(_placed(path)) or {}
    except (OSError, yaml_files.YamlFileError) as error:
        raise CommandError(f'{path}: {error}') from error
    return config.parse(cls, _merged(data, overrides(words)))


def _placed(path: Path) -> Path:
    """The file, or else the one of that name that comes with the package."""
    return path if path.is_absolute() or path.exists() else share_file(path.as_posix())


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping) and _same(below, value):
            value = _merged(below, value)
        result[key] = value
    return result


def _same(below: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """Whether both speak of the same plugin: another one has other settings."""
    return bool(over.get('plugin', below.get('plugin')) == below.get('plugin'))
