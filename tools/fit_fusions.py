"""Fit every fusion anew: after the face or the voice model was replaced, run this and commit.

    python tools/fit_fusions.py --data DIR                 # about five minutes
    python tools/fit_fusions.py --data DIR --only rules    # or: combiners, nets

It reads the pairs through both models, writes models/fusion_* and the settings of all rules in
config/bench/fusion_*.yaml.  What it chooses, it chooses on people who are not in the test.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros import cli, compute
from fer_ros.config import parse
from fer_ros.evaluation import fusion_sources
from fer_ros.evaluation.fusion_bench import STRATEGIES
from fer_ros.evaluation.fusion_sources import SourceConfig
from fer_ros.fusion.nets_base import NETS
from fer_ros.pipeline import PipelineConfig
from fer_ros.training import fusion_rules
from fer_ros.training.combiner import FITTERS

ROOT = Path(__file__).resolve().parent.parent
PARTS = ('rules', 'combiners', 'nets')
KINDS = ('votes', 'pairs')
_HEAD = """# What fer-ros bench fusion compares on {kind}, as tools/fit_fusions.py wrote it.
# Weights, temperatures and models were fitted on people who are not in the test.
"""


def main() -> int:
    """Fit what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--runs', type=Path, default=ROOT / 'runs')
    parser.add_argument('--only', choices=PARTS)
    args = parser.parse_args()
    compute.use_threads(1)
    parts = (args.only,) if args.only else PARTS
    if 'combiners' in parts:
        for plugin in FITTERS:
            for kind in KINDS:
                train(args, 'combiner', plugin, kind)
    if 'nets' in parts:
        for plugin in NETS:
            train(args, 'fusion', plugin, 'pairs')
    if 'rules' in parts:
        for kind in KINDS:
            write_strategies(args, kind)
    return 0


def train(args: Any, task: str, plugin: str, kind: str) -> None:
    """One model by the command that its card will name."""
    name = model_name(plugin, kind)
    run = args.runs / f'{name}-0'
    shutil.rmtree(run, ignore_errors=True)
    words = ['train', task, '--config', f'config/train/{name}.yaml']
    words += [
        '--data',
        str(args.data),
        '--out',
        str(ROOT / 'models' / name),
        '--run',
        str(run),
        '--quiet',
    ]
    if cli.main(words):
        raise SystemExit(f'{name} was not fitted')


def write_strategies(args: Any, kind: str) -> None:
    """The file of strategies of one kind of evidence."""
    source = parse(SourceConfig, {'kind': kind})
    clips = fusion_sources.clips(source, args.data, 'both')
    strategies: dict[str, Any] = {'default': {'plugin': PipelineConfig().fusion.plugin}}
    strategies |= {
        name: fusion_rules.choose(rule, fixed, clips)
        for name, (rule, fixed) in fusion_rules.rules(clips.modalities).items()
    }
    fitted = [*FITTERS, *(NETS if kind == 'pairs' else ())]
    strategies |= {
        plugin: {'plugin': plugin, 'model': model_name(plugin, kind)} for plugin in fitted
    }
    path = ROOT / STRATEGIES.format(kind=kind)
    path.parent.mkdir(exist_ok=True)
    text = yaml.safe_dump(strategies, sort_keys=False, default_flow_style=None, width=95)
    path.write_text(_HEAD.format(kind=kind) + text, encoding='utf-8')
    print(f'wrote {path}')


def model_name(plugin: str, kind: str) -> str:
    """The folder of a fitted strategy."""
    return f'fusion_{plugin}' if kind == 'pairs' else f'fusion_{plugin}_{kind}'


if __name__ == '__main__':
    sys.exit(main())
