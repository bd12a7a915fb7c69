"""fer-ros bench all: the whole suite, its tables and numbers in a folder, and the targets."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fer_ros.benchmarks.suite import SUITE, Entry
from fer_ros.benchmarks.tables import markdown_table, text_table
from fer_ros.benchmarks.targets import target_table
from fer_ros.commands.arguments import positive
from fer_ros.writing import write_text

REPORT = 'report.md'
"""All tables in one file, for documents."""


class BenchAllError(RuntimeError):
    """A benchmark of the suite that failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.description = (
        'Run the suite, each benchmark in a process of its own, and hold what came out against '
        'the targets. Takes some minutes; nothing else should run meanwhile.'
    )
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='for the files')
    parser.add_argument('--only', choices=tuple(SUITE), nargs='+', help='some of the suite')
    parser.add_argument(
        '--seconds', type=positive, help='of each stream; default: 10 or 20, as the report says'
    )
    parser.add_argument(
        '--peer-python', metavar='FILE', help='interpreter that has other packages to compare with'
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print and write."""
    found: dict[str, Any] = {}
    for name, entry in SUITE.items():
        if (args.only and name not in args.only) or (entry.needs_peer and not args.peer_python):
            continue
        found[name] = _run(name, entry, args)
    print(f'\n{target_table(found, text_table)}')
    parts = [f'### Targets\n\n{target_table(found, markdown_table)}\n']
    parts += [f'### {_title(name)}\n\n{(args.out / f"{name}.md").read_text()}' for name in found]
    report = args.out / REPORT
    write_text(report, '\n'.join(parts))
    print(f'\nwrote {report}')
    return 0


def _title(name: str) -> str:
    return f'`fer-ros bench {" ".join(SUITE[name].words)}`'


def _run(name: str, entry: Entry, args: argparse.Namespace) -> Any:
    words = list(entry.words)
    if entry.needs_peer:
        words += ['--peer-python', args.peer_python]
    if args.seconds:
        words += ['--seconds', f'{args.seconds:g}']
    print(f'\n== {name}: fer-ros bench {" ".join(words)}', flush=True)
    out = args.out / name
    command = [sys.executable, '-m', 'fer_ros', 'bench', *words, '--out', str(out)]
    if subprocess.run(command, check=False).returncode:
        raise BenchAllError(f'{name} failed; what is above says why')
    return json.loads(Path(f'{out}.json').read_text())
