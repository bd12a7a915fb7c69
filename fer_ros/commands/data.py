"""fer-ros data: what is in a data set, before anyone trains on it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm  # type: ignore[import-untyped]

from fer_ros import config, plugins
from fer_ros.commands.arguments import add_set, overrides
from fer_ros.data import audio_folder, pictures
from fer_ros.data.checking import Findings, check, meaning

_LISTED = 5
"""How many of each kind of finding are named."""
_READ = {'image_folder': pictures.SUFFIXES, 'audio_folder': audio_folder.SUFFIXES}
"""Data sets of one's own, which are told apart by their files' endings."""


class DataError(ValueError):
    """A folder that no data set was named for, and that does not say itself what it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(metavar='ACTION', required=True)
    action = actions.add_parser(
        'check',
        help='counts, classes, people, duplicates, broken files, overlap of the splits',
        description=(
            'Read every example of a data set. The exit code is 1 where a file is broken, a label '
            'is missing in a split, or a person or an example is in two splits.'
        ),
    )
    action.add_argument('folder', type=Path)
    action.add_argument(
        '--dataset',
        metavar='NAME',
        help='a data set plugin (fer-ros plugins --kind dataset); default: image_folder or '
        'audio_folder, by what is in the folder',
    )
    add_set(action, 'a setting of the data set, as in fold=2')
    action.add_argument('--all', action='store_true', help='name everything that was found')
    action.add_argument('--quiet', action='store_true', help='no progress bar')
    action.set_defaults(action=_check)


def run(args: argparse.Namespace) -> int:
    """Do the chosen action; 0 when all is well."""
    code: int = args.action(args)
    return code


def _check(args: argparse.Namespace) -> int:
    if not args.folder.is_dir():
        raise DataError(f'no folder {str(args.folder)!r}')
    name = args.dataset or _guess(args.folder)
    settings = {'plugin': name, 'root': str(args.folder), **overrides(args.set)}
    dataset = plugins.build('dataset', config.parse_chosen('dataset', settings, name))

    def progress(items: Iterable[Any], total: int) -> Iterable[Any]:
        bar: Iterable[Any] = tqdm(
            items, total=total, desc='reading', disable=args.quiet or not sys.stderr.isatty()
        )
        return bar

    findings = check(dataset, progress)
    print(f'{args.folder} as {name}')
    _print_counts(findings)
    if name in _READ:
        print(f'files of other kinds, not read: {_others(args.folder, _READ[name]) or "none"}')
    _print_findings(findings, None if args.all else _LISTED)
    return 1 if findings.wrong else 0


def _guess(folder: Path) -> str:
    seen = any(path.suffix.lower() in pictures.SUFFIXES for path in folder.rglob('*'))
    return 'image_folder' if seen else 'audio_folder'


def _others(folder: Path, read: Set[str]) -> str:
    """How many files have which ending that is not read, hidden ones aside."""
    files = (path for path in folder.rglob('*') if path.is_file() and path.name[0] != '.')
    endings = Counter(path.suffix.lower() or 'without ending' for path in files)
    found = sorted(endings.keys() - read)
    return ', '.join(f'{endings[ending]} {ending}' for ending in found)


def _print_counts(findings: Findings) -> None:
    splits = list(findings.counts)
    words = [meaning(word) for word in findings.labels]
    width = max(len(word) for word in (*words, 'without a label'))
    print(f'{"":{width}}' + ''.join(f'{split:>8}' for split in splits))
    for number, word in enumerate((*words, 'without a label')):
        label = number if number < len(words) else -1
        counts = [findings.counts[split][label] for split in splits]
        if label >= 0 or any(counts):
            print(f'{word:{width}}' + ''.join(f'{count:8}' for count in counts))
    totals = [sum(findings.counts[split].values()) for split in splits]
    print(f'{"examples":{width}}' + ''.join(f'{total:8}' for total in totals))
    people = [findings.subjects[split] for split in splits]
    named = ''.join(f'{count:8}' for count in people) if any(people) else '  nobody is named'
    print(f'{"people":{width}}{named}')


def _print_findings(findings: Findings, most: int | None) -> None:
    groups: tuple[tuple[str, Sequence[Any]], ...] = (
        ('broken', findings.broken),
        ('a label is missing in', findings.missing),
        ('people in two splits', findings.shared),
        ('identical', findings.copies),
        ('identical across splits', findings.crossing),
        ('identical with different labels', findings.contradictions),
        ('nearly identical', findings.near),
        ('nearly identical across splits', findings.near_crossing),
    )
    for title, found in groups:
        print(f'{title}: {len(found) or "none"}')
        for item in found[:most]:
            print(f'  {item if isinstance(item, str) else " = ".join(item)}')
        if most is not None and len(found) > most:
            print(f'  ... and {len(found) - most} more (--all)')
