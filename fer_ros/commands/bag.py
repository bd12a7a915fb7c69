"""fer-ros bag: recordings made of clips, and labels made for recordings."""

from __future__ import annotations

import argparse

from fer_ros.commands import bag_annotate, bag_make


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One subcommand for each thing to do."""
    actions = parser.add_subparsers(metavar='ACTION', required=True)
    making = actions.add_parser('make', help='turn labelled clips or a corpus into bags')
    bag_make.add_arguments(making)
    making.set_defaults(action=bag_make.run)
    annotating = actions.add_parser('annotate', help='label a recording in the browser')
    bag_annotate.add_arguments(annotating)
    annotating.set_defaults(action=bag_annotate.run)


def run(args: argparse.Namespace) -> int:
    """Do the chosen action."""
    code: int = args.action(args)
    return code
