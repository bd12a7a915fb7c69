"""fer-ros bench fusion: every strategy on CREMA-D's votes and on synthetic pairs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from fer_ros import compute
from fer_ros.config import parse
from fer_ros.data import cremad_votes
from fer_ros.evaluation import fusion_bench, fusion_sources, fusion_votes
from fer_ros.evaluation.fusion_sources import SourceConfig
from fer_ros.evaluation.fusion_tables import Clips
from fer_ros.resources import share_file

KINDS = ('votes', 'pairs')
_TITLES = {
    'votes': "CREMA-D's votes, meant emotion, actors nobody was fitted on",
    'pairs': 'synthetic pairs of faces and voices, people nobody was fitted on',
}


class BenchFusionError(ValueError):
    """Data that are missing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument('--data', type=Path, help='folder of the data; default: $FER_ROS_DATA')
    parser.add_argument(
        '--votes', type=Path, metavar='FILE', help='score all clips of this file of votes, only'
    )
    parser.add_argument('--only', choices=KINDS, help='one kind of evidence; default: both')
    parser.add_argument(
        '--strategies', type=Path, help='YAML file of strategies, with --only or --votes'
    )
    parser.add_argument('--split', default='test', choices=fusion_sources.SPLITS)
    parser.add_argument('--format', choices=('text', 'json'), default='text')


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    if args.strategies and not (args.only or args.votes):
        raise BenchFusionError('--strategies needs --only or --votes, which it is for')
    compute.use_threads(1)
    kinds = ('votes',) if args.votes else (args.only,) if args.only else KINDS
    found = {kind: _measured(args, kind) for kind in kinds}
    if args.format == 'json':
        print(json.dumps(found, indent=2))
    return 0


def _measured(args: argparse.Namespace, kind: str) -> dict[str, Any]:
    file = args.strategies or share_file(fusion_bench.STRATEGIES.format(kind=kind))
    strategies = fusion_bench.read_strategies(file)
    clips, title, people = _clips(args, kind)
    rows = list(fusion_bench.measure(strategies, clips, _say if sys.stderr.isatty() else _quiet))
    singles = fusion_bench.alone(clips)
    if args.format == 'text':
        print(f'{title}\n{fusion_bench.as_text(rows, clips, singles)}')
        if people:
            told = ', '.join(f'{name} {share:.3f}' for name, share in people.items())
            print(f'\nmajority of the people themselves: {told}')
        print()
    data = fusion_bench.as_data(rows, clips, singles)
    return {**data, 'title': title, 'majority': people}


def _clips(args: argparse.Namespace, kind: str) -> tuple[Clips, str, dict[str, float]]:
    if kind == 'pairs':
        source = parse(SourceConfig, {'kind': 'pairs', 'times': 1})
        return fusion_sources.clips(source, _data(args), args.split), _TITLES[kind], {}
    if not args.votes:
        actors = fusion_sources.actors_of(args.split)
        votes = cremad_votes.read(_data(args))
        people = dict(fusion_votes.people(votes, actors))
        return fusion_votes.clips_of(votes, actors), _TITLES[kind], people
    votes = cremad_votes.read(args.votes)
    fitted = fusion_sources.actors_of('both') & set(votes.actors.tolist())
    title = f'all clips of {args.votes}'
    if fitted:
        title += f'; the strategies were fitted on {len(fitted)} of its actors'
    return fusion_votes.clips_of(votes), title, dict(fusion_votes.people(votes))


def _data(args: argparse.Namespace) -> Path:
    named = args.data or os.environ.get('FER_ROS_DATA')
    if not named:
        raise BenchFusionError('no data: give --data DIR, set FER_ROS_DATA, or give --votes FILE')
    return Path(named).expanduser()


def _say(name: str) -> None:
    print(f'measuring {name}', file=sys.stderr)


def _quiet(_name: str) -> None:
    pass
