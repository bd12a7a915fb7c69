"""fer-ros plugins: what can be plugged in where."""

from __future__ import annotations

import argparse

from fer_ros.plugins import KINDS, PluginError, available, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which kinds, and whether to load them."""
    parser.add_argument('--kind', choices=KINDS, help='only this kind')
    parser.add_argument(
        '--check', action='store_true', help='load each one and say which cannot be loaded and why'
    )


def run(args: argparse.Namespace) -> int:
    """List the plugins; with --check, 1 if one of them cannot be loaded."""
    found = {kind: available(kind) for kind in ([args.kind] if args.kind else KINDS)}
    width = max(len(name) for names in found.values() for name in names)
    failed = False
    for kind, names in found.items():
        print(kind)
        for name, path in names.items():
            problem = _problem(kind, name) if args.check else ''
            failed = failed or bool(problem)
            print(f'  {name:{width}}  {path}{problem}')
    return 1 if failed else 0


def _problem(kind: str, name: str) -> str:
    try:
        load(kind, name)
    except PluginError as error:
        return f'\n    cannot be loaded: {error}'
    return ''
