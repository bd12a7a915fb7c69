"""fer-ros models: what models there are, what their cards say, whether that is true."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from fer_ros import cards, config, golden, models, third_party
from fer_ros.commands.arguments import add_set, overrides
from fer_ros.commands.card_text import readable
from fer_ros.precision import PRECISIONS, golden_tolerance
from fer_ros.resources import cache_folder

FORMATS = ('onnx', 'torchscript')
_NAME = "a model's name or folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(metavar='ACTION', required=True)

    action = actions.add_parser('list', help='one line for each model, and those to pull')
    action.set_defaults(action=_list)

    action = actions.add_parser('show', help='what the card of a model says')
    action.add_argument('model', help=_NAME)
    action.add_argument('--yaml', action='store_true', help='the card itself')
    action.set_defaults(action=_show)

    action = actions.add_parser('verify', help='check hash and golden answer of each model')
    action.add_argument('model', nargs='*', help='names or folders; default: all')
    _add_place(action)
    action.set_defaults(action=_verify)

    action = actions.add_parser(
        'evaluate',
        help="measure a model again and compare with its card's numbers, or on other data",
    )
    action.add_argument('model', help=_NAME)
    action.add_argument('--data', type=Path, help='folder of the data; default: $FER_ROS_DATA')
    _add_place(action)
    action.add_argument(
        '--on', metavar='DATASET', help='measure on this data set (a plugin) instead'
    )
    action.add_argument('--split', default='test', help='train, val or test, with --on')
    add_set(action, 'a setting of that data set, as in labels=fer2013')
    action.set_defaults(action=_evaluate)

    action = actions.add_parser('pull', help='fetch weights of others into the cache')
    action.add_argument('name', help='as in the list')
    action.set_defaults(action=_pull)

    action = actions.add_parser('export', help='write a model in another format')
    action.add_argument('model', help=_NAME)
    action.add_argument('--format', choices=FORMATS, required=True)
    action.add_argument('--out', type=Path, help='folder; default: NAME_FORMAT')
    action.set_defaults(action=_export)

    action = actions.add_parser(
        'graph', help='write the graph of a model that was trained without'
    )
    action.add_argument('model', help=_NAME)
    action.set_defaults(action=_graph)


def _add_place(action: argparse.ArgumentParser) -> None:
    action.add_argument('--device', default='cpu', help='auto, cpu, cuda or cuda:N; default: cpu')
    action.add_argument(
        '--precision', choices=PRECISIONS, default='auto', help='as the parameter; default: auto'
    )


def _loaded(card: cards.Card, args: argparse.Namespace) -> Any:
    """The model's backbone on the device and in the precision that were asked for."""
    folder = str(card.folder.resolve())
    return models.load_backbone(card.kind, folder, args.device, precision=args.precision)


def run(args: argparse.Namespace) -> int:
    """Do the chosen action; 0 when all is well."""
    code: int = args.action(args)
    return code


def _list(_args: argparse.Namespace) -> int:
    names, entries = cards.names(), third_party.manifest()
    width = max(len(name) for name in (*names, *entries))
    for name in names:
        card = cards.find(name)
        print(f'{name:{width}}  {card.kind:14}  {card.about.get("summary", "")}')
    for name, entry in entries.items():
        if name not in names:
            print(f'{name:{width}}  {"to pull":14}  {entry.summary}')
    return 0


def _show(args: argparse.Namespace) -> int:
    card = cards.find(args.model)
    text = (card.folder / cards.CARD).read_text(encoding='utf-8') if args.yaml else readable(card)
    print(text, end='')
    return 0


def _verify(args: argparse.Namespace) -> int:
    failed = 0
    for name in args.model or cards.names():
        try:
            card = cards.find(name)
            backbone = _loaded(card, args)
            golden.check(card.folder, card.kind, backbone, golden_tolerance(backbone))
            print(f'{name}: ok (weights have the stated hash and give the golden answer)')
        except ValueError as error:  # every error of a card, a network or an answer is one
            failed += 1
            print(f'{name}: {error}')
    return 1 if failed else 0


def _evaluate(args: argparse.Namespace) -> int:
    """Print the numbers; 1 where one is not the card's."""
    from fer_ros.training.reading import data_folder

    card = cards.find(args.model)
    data = data_folder(args.data)
    if args.on:
        _print(_measured(card, args, data))
        return 0
    from fer_ros.training import evaluate

    seen = evaluate.evaluate(card, data, args.device, args.precision)
    _print(seen)
    stated = card.about.get('results')
    if stated is None:
        print('the card states no results')
        return 0
    wrong = evaluate.differences(stated, seen)
    right = f'every number is the one in the card of {card.name} (+-{evaluate.TOLERANCE})'
    print('\n'.join(wrong) or right)
    return 1 if wrong else 0


def _measured(card: cards.Card, args: argparse.Namespace, data: Path) -> dict[str, Any]:
    from fer_ros import plugins
    from fer_ros.evaluation import labelled

    settings = {'plugin': args.on, 'root': str(data), **overrides(args.set)}
    dataset = plugins.build('dataset', config.parse_chosen('dataset', settings, args.on))
    backbone = _loaded(card, args)
    examples = labelled.load(card.kind, backbone, dataset, args.split)
    return {
        'protocol': labelled.PROTOCOL,
        **examples.report(examples.answers(backbone), card.temperature),
    }


def _pull(args: argparse.Namespace) -> int:
    entries = third_party.manifest()
    if args.name not in entries:
        raise third_party.ThirdPartyError(
            f'nothing to pull named {args.name!r}; there are {", ".join(entries)}'
        )
    entry = entries[args.name]
    path = third_party.pull(entry, cache_folder() / 'models', _show_progress)
    print(path)
    print(entry.use or f'the nodes and commands know it by the name {entry.name}')
    print(f'licence: {entry.licence}')
    return 0


def _export(args: argparse.Namespace) -> int:
    from fer_ros.training import conversion

    out = args.out or Path(f'{cards.find(args.model).name}_{args.format}')
    worst = conversion.convert(args.model, args.format, out)
    print(f'wrote {out}; largest difference from the original: {worst:.2g}')
    return 0


def _print(results: dict[str, Any]) -> None:
    print(yaml.safe_dump(results, sort_keys=False, width=95), end='')


def _show_progress(have: int, total: int) -> None:
    if sys.stderr.isatty():
        share = f'{100 * have / total:3.0f} %' if total else ''
        print(f'\r{have / 1e6:6.1f} MB {share}', end='', file=sys.stderr)
        if have >= total:
            print(file=sys.stderr)


def _graph(args: argparse.Namespace) -> int:
    from fer_ros.training import graph

    card = graph.add_graph(cards.find(args.model).folder)
    print(f'wrote {card.folder / card.graph_file}')
    return 0
