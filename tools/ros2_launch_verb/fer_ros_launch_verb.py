"""`ros2 launch`, for machines whose ROS 2 lacks the package ros2launch.

The README has one command for everyone. On a robot the real ros2launch answers it; in the
development environment made by tools/, this does. It offers what our launch files and their users
need: a file of a package or a path, `name:=value` arguments, --show-args and --print.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchDescription, LaunchIntrospector, LaunchService
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import (
    AnyLaunchDescriptionSource,
    get_launch_description_from_any_launch_file,
)
from ros2cli.command import CommandExtension


def find_launch_file(package: str, file_name: str) -> Path:
    """The one file of that name anywhere in the package's share folder.

    Raises RuntimeError, which ros2cli prints as one line, unless there is exactly one.
    """
    try:
        share = Path(get_package_share_directory(package))
    except (PackageNotFoundError, ValueError) as error:
        raise RuntimeError(f"package '{package}' not found: {error}") from error
    # os.walk, not rglob: an installed share folder may hold links to folders of a checkout
    found = [
        Path(folder, file_name)
        for folder, _, files in os.walk(share, followlinks=True)
        if file_name in files
    ]
    if not found:
        there = sorted(f.name for f in share.glob('launch/*launch*'))
        raise RuntimeError(
            f"no '{file_name}' in {share}; its launch/ holds {', '.join(there) or 'nothing'}"
        )
    if len(found) > 1:
        raise RuntimeError(f"'{file_name}' is there several times: {', '.join(map(str, found))}")
    return found[0]


def parse_arguments(texts: list[str]) -> dict[str, str]:
    """`name:=value` texts as a dict; the last of several wins; an empty value is refused.

    ros2launch does the same.
    """
    arguments: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition(':=')
        if not name or not mark or not value:
            raise RuntimeError(f"malformed launch argument '{text}', expected <name>:=<value>")
        arguments[name] = value
    return arguments


def show_arguments(description: LaunchDescription) -> None:
    """Print every argument that the launch file declares, with its default and its choices."""
    print("Arguments (pass arguments as '<name>:=<value>'):")
    declared: list[DeclareLaunchArgument] = description.get_launch_arguments()
    for argument in declared:
        print(f"\n    '{argument.name}':\n        {argument.description}")
        if argument.default_value is not None:
            default = ' + '.join(part.describe() for part in argument.default_value)
            print(f'        (default: {default})')
    if not declared:
        print('\n  No arguments.')


class LaunchCommand(CommandExtension):  # type: ignore[misc]  # ros2cli has no types
    """Run a launch file."""

    def add_arguments(self, parser: argparse.ArgumentParser, cli_name: str) -> None:
        """Declare the command line; called by ros2cli."""
        parser.add_argument(
            '-n', '--noninteractive', action='store_true', help='no terminal is attached'
        )
        parser.add_argument(
            '-d', '--debug', action='store_true', help='verbose output of the launch system'
        )
        parser.add_argument(
            '-a',
            '--show-all-subprocesses-output',
            action='store_true',
            help='show all output of all started processes',
        )
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument(
            '-p', '--print', '--print-description', action='store_true', help='print, do not run'
        )
        instead.add_argument(
            '-s', '--show-args', '--show-arguments', action='store_true', help='list the arguments'
        )
        parser.add_argument(
            'package_name', help='package that holds the launch file, or a path to a launch file'
        )
        parser.add_argument('launch_file_name', nargs='?', help='name of the launch file')
        parser.add_argument(
            'launch_arguments', nargs='*', help='<name>:=<value>; the last of several wins'
        )

    def main(self, *, parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
        """Run, and return the exit code of the launch service."""
        texts = list(args.launch_arguments)
        if os.path.isfile(args.package_name):
            path = Path(args.package_name)
            texts[:0] = [args.launch_file_name] if args.launch_file_name else []
        elif args.launch_file_name is None:
            raise RuntimeError(
                f"'{args.package_name}' is no file, and no launch file of a package was named"
            )
        else:
            path = find_launch_file(args.package_name, args.launch_file_name)
        if args.print or args.show_args:
            description = get_launch_description_from_any_launch_file(str(path))
            if args.show_args:
                show_arguments(description)
            else:
                print(LaunchIntrospector().format_launch_description(description))
            return 0
        if args.show_all_subprocesses_output:
            os.environ['OVERRIDE_LAUNCH_PROCESS_OUTPUT'] = 'both'
        include = IncludeLaunchDescription(
            AnyLaunchDescriptionSource(str(path)), launch_arguments=parse_arguments(texts).items()
        )
        service = LaunchService(
            argv=texts,
            noninteractive=args.noninteractive or not sys.stdin.isatty(),
            debug=args.debug,
        )
        service.include_launch_description(LaunchDescription([include]))
        # The service reads signals from a wake-up file: it stops every process, then returns.
        # Python's own handler would also raise KeyboardInterrupt anywhere, even where it can only
        # be printed.
        signal.signal(signal.SIGINT, lambda *_: None)
        return int(service.run())
