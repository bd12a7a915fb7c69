"""Where fusions get labelled evidence from, split by subject.

| split | votes | pairs, and clips that the models know |
|---|---|---|
| fit | train actors of the fold file | half of the branches' val speakers and pictures |
| choose | its val actors | the other half |
| both | fit and choose | all of them |
| test | its test actors | the test speakers and pictures of the branches' own splits |

Clips of a corpus that no model was trained on are divided as votes are, by the corpus's own split.

The branches' own training examples are of no use: a network is far too sure of what it learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_ros import cards
from fer_ros.config import group, setting
from fer_ros.data import cremad_votes
from fer_ros.evaluation import fusion_clips, fusion_pairs, fusion_votes
from fer_ros.evaluation.fusion_clips import ClipsConfig
from fer_ros.evaluation.fusion_pairs import PairsConfig
from fer_ros.evaluation.fusion_tables import Clips, Ints, Table, paired
from fer_ros.types import VOICE, Modality

SPLITS = ('fit', 'choose', 'both', 'test')
_SEED = 0


@dataclass(frozen=True)
class SourceConfig:
    """Which evidence."""

    kind: str = setting(
        'pairs',
        "CREMA-D's votes, synthetic pairs, or clips in which one person is seen and heard",
        choices=('votes', 'pairs', 'clips'),
    )
    pairs: PairsConfig = group(PairsConfig)
    clips: ClipsConfig = group(ClipsConfig)
    times: int = setting(2, 'Faces paired with each voice', ge=1, le=100)


def clips(config: SourceConfig, data: Path, split: str) -> Clips:
    """The cases of a split, one of SPLITS."""
    if config.kind == 'votes':
        return fusion_votes.clips_of(cremad_votes.read(data), actors_of(split))
    if config.kind == 'clips':
        found = fusion_clips.clips(config.clips, data, split)
        divided = config.clips.known and split in ('fit', 'choose')
        return found.taken(half(found.tables[VOICE], int(split == 'choose'))) if divided else found
    tables = tables_of(config, data, split)
    return paired(tables, VOICE, config.times, np.random.default_rng(_SEED))


def actors_of(split: str) -> frozenset[str]:
    """The actors of a split of the votes."""
    folds = cremad_votes.fold_file()
    parts = {'fit': ('train',), 'choose': ('val',), 'both': ('train', 'val'), 'test': ('test',)}
    return frozenset().union(*(folds[part] for part in parts[split]))


def tables_of(config: SourceConfig, data: Path, split: str) -> dict[Modality, Table]:
    """The tables that the synthetic pairs of a split are made of."""
    tables = fusion_pairs.tables(config.pairs, data, 'test' if split == 'test' else 'val')
    if split in ('both', 'test'):
        return tables
    chosen = {name: half(table, int(split == 'choose')) for name, table in tables.items()}
    return {name: table.taken(chosen[name]) for name, table in tables.items()}


def half(table: Table, number: int) -> Ints:
    """The rows of half the subjects, or of every other row where no subject is known.

    The subjects are shared out in the order 0 1 1 0, which balances corpora that number women and
    men in turn.
    """
    if (table.subjects == '').all():
        return np.arange(number, len(table.labels), 2)
    subjects = np.unique(table.subjects)
    turn = np.arange(len(subjects))
    return np.flatnonzero(np.isin(table.subjects, subjects[(turn + turn // 2) % 2 == number]))


def about(config: SourceConfig, found: Mapping[Modality, Table]) -> dict[str, dict[str, Any]]:
    """What a card says of each modality: its embedding's length, and the model if there is one."""
    if config.kind == 'votes':
        return {
            name: {'model': f'CREMA-D votes ({name})', 'sha256': '', 'size': size}
            for name, size in _sizes(found).items()
        }
    used = (config.pairs if config.kind == 'pairs' else config.clips).models()
    chosen = {name: cards.find(model) for name, model in used.items()}
    return {
        name: {'model': chosen[name].name, 'sha256': chosen[name].sha256, 'size': size}
        for name, size in _sizes(found).items()
    }


def _sizes(found: Mapping[Modality, Table]) -> dict[Modality, int]:
    return {name: int(table.embedding.shape[2]) for name, table in sorted(found.items())}
