"""The command fer-ros: a thin dispatcher.

A command is a module with add_arguments(parser) and run(args) -> int.  Only the one that was asked
for is imported, so that help is there at once and a missing library hurts its own command only.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from fer_ros import interrupts

COMMANDS = {
    'run': ('fer_ros.commands.run', 'start the nodes: ros2 launch fer_ros fer.launch.py'),
    'predict': ('fer_ros.commands.predict', 'read expressions from pictures, sound and videos'),
    'train': ('fer_ros.commands.train', 'train a model of faces, of voices or of both together'),
    'data': ('fer_ros.commands.data', 'check a data set before training on it'),
    'models': ('fer_ros.commands.models', 'list, check, measure, fetch and convert models'),
    'evaluate': ('fer_ros.commands.evaluate', 'say how good it is on recordings, with a report'),
    'bag': ('fer_ros.commands.bag', 'make recordings of clips, label recordings'),
    'bench': ('fer_ros.commands.bench', 'measure what the parts are worth, against others'),
    'sync': ('fer_ros.commands.sync', 'say how much later sound is stamped than pictures'),
    'plugins': ('fer_ros.commands.plugins', 'list what can be plugged in'),
    'config': ('fer_ros.commands.config', 'print or write the parameters of the nodes'),
    'doctor': ('fer_ros.commands.doctor', 'say what is there, what is missing, how to get it'),
}
"""Name -> module and one line of help."""

EXTRAS = {
    'evaluate': {'jinja2', 'rosbags'},
    'train': {
        *('lightning', 'matplotlib', 'sklearn', 'soundfile', 'tensorboard', 'torchmetrics'),
        'tqdm',
    },
}
"""Extra of the package -> libraries that only its commands need."""

FAILED = 2
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 for wrong usage or settings."""
    words = list(sys.argv[1:] if argv is None else argv)
    ctrl_c = interrupts.Interrupts()
    is_process = argv is None
    if is_process:
        interrupts.leave_at_once()
    try:
        args = _parse(words)
        if is_process:
            ctrl_c.install()
        code: int = args.handler(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return interrupts.INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; the interpreter must not try to flush it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (Exception, SystemExit) as error:
        if ctrl_c.came:  # a library made something else of it
            return interrupts.INTERRUPTED
        if isinstance(error, SystemExit) or not _is_for_users(error):
            raise
        print(f'fer-ros: error: {_told(error)}', file=sys.stderr)
        return FAILED
    finally:
        if is_process:
            interrupts.leave_at_once()
    return code


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='fer-ros',
        description='Emotion perception for robots: faces and voices in, expressions out.',
    )
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    for name, (module_name, about) in COMMANDS.items():
        command = commands.add_parser(
            name, help=about, description=f'{about[0].upper()}{about[1:]}.'
        )
        if name in words[:1]:
            module = load(name, module_name)
            module.add_arguments(command)
            command.set_defaults(handler=module.run)
    return parser.parse_args(words)


class CommandError(ValueError):
    """A command that cannot run here."""


def load(name: str, module_name: str) -> Any:
    """The module of a command.  Raises CommandError where a library of an extra is missing."""
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = (error.name or '').partition('.')[0]
        extra = next((extra for extra, names in EXTRAS.items() if missing in names), None)
        if extra is None:
            raise
        raise CommandError(
            f'{name} needs the Python package {missing}: in the source folder, '
            f"pip install '.[{extra}]'"
        ) from error


def _told(error: Exception) -> str:
    """What is said of an error: of a file that cannot be used its name and why."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f'{error.filename}: {error.strerror}'


def _is_for_users(error: Exception) -> bool:
    """Whether a message says it all: an error class of ours, or a file that cannot be used."""
    return isinstance(error, OSError) or type(error).__module__.startswith('fer_ros.')
