"""fer-ros run: the launch file, for those who do not want to remember its name."""

from __future__ import annotations

import argparse
import os
import shutil

COMMAND = ('ros2', 'launch', 'fer_ros', 'fer.launch.py')


class RunError(RuntimeError):
    """ROS 2 is not there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whatever the launch file takes."""
    parser.add_argument(
        'arguments',
        nargs=argparse.REMAINDER,
        metavar='name:=value',
        help='arguments of the launch file, such as source:=sample',
    )


def run(args: argparse.Namespace) -> int:
    """Become the launch; returns only by raising RunError."""
    if shutil.which(COMMAND[0]) is None:
        raise RunError(
            'ros2 is not there: source the workspace first (source setup.bash in the source '
            'folder, or source install/setup.bash)'
        )
    os.execvp(COMMAND[0], [*COMMAND, *args.arguments])
