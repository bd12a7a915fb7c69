"""How the benchmarks tell what they found: on the terminal, and in files for documents."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_ros.benchmarks.tables import Table, markdown_table, text_table
from fer_ros.writing import write_text

_TABLES: dict[str, Table] = {'table': text_table, 'markdown': markdown_table}


def add_output(parser: argparse.ArgumentParser) -> None:
    """Arguments for tell()."""
    parser.add_argument('--format', choices=(*_TABLES, 'json'), default='table')
    parser.add_argument(
        '--out',
        type=Path,
        metavar='FILE',
        help='also write all numbers to FILE.json and the tables to FILE.md',
    )


def tell(
    args: argparse.Namespace,
    found: Any,
    report: Callable[[Table], str],
    warnings: Sequence[str] = (),
) -> None:
    """Print and write a dataclass, or the report that is made of it with a kind of table."""
    data = json.dumps(asdict(found), indent=2)
    print(data if args.format == 'json' else report(_TABLES[args.format]))
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        notes = ''.join(f'\n{warning}\n' for warning in warnings)
        write_text(Path(f'{args.out}.json'), f'{data}\n')
        write_text(Path(f'{args.out}.md'), f'{report(markdown_table)}\n{notes}')
    for warning in warnings:
        print(warning, file=sys.stderr)
