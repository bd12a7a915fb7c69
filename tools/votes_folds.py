"""Stacking on CREMA-D's votes by nested cross-validation over the actors: how far to trust 0.78.

    python tools/votes_folds.py --data DIR

All actors take part, so the spread over the folds says what one fold file cannot.  The penalty is
chosen anew in each outer fold, by folds of its own training actors.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros.data import cremad_votes
from fer_ros.evaluation.fusion_tables import Clips
from fer_ros.evaluation.fusion_votes import clips_of
from fer_ros.fusion.stacking import described, key_of
from fer_ros.training.combiner import fit_stacking

PENALTIES = (15.0, 50.0, 150.0)
OUTER, INNER = 5, 3
SEEDS = range(3)


def main() -> int:
    """Print the accuracy of each outer fold, and mean and spread over folds and seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, required=True)
    clips = clips_of(cremad_votes.read(parser.parse_args().data))
    found = []
    for seed in SEEDS:
        for train, test in folds(clips, OUTER, seed):
            penalty = chosen(clips.taken(train), seed)
            found.append(accuracy(clips.taken(train), clips.taken(test), penalty))
            print(f'seed {seed}: {found[-1]:.4f} with penalty {penalty:g}', flush=True)
    print(f'mean {np.mean(found):.4f}, deviation over folds {np.std(found):.4f}')
    return 0


def folds(
    clips: Clips, count: int, seed: int
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Clip numbers of the train and test actors of each fold."""
    actors = np.random.default_rng(seed).permutation(np.unique(clips.subjects))
    tests = [np.isin(clips.subjects, part) for part in np.array_split(actors, count)]
    return [(np.flatnonzero(~test), np.flatnonzero(test)) for test in tests]


def chosen(clips: Clips, seed: int) -> float:
    """The penalty that is best over inner folds."""

    def mean(penalty: float) -> float:
        parts = folds(clips, INNER, seed)
        return float(
            np.mean([accuracy(clips.taken(a), clips.taken(b), penalty) for a, b in parts])
        )

    return max(PENALTIES, key=mean)


def accuracy(train: Clips, test: Clips, penalty: float) -> float:
    """Of both modalities together."""
    arrays = fit_stacking(train, np.unique(train.labels), penalty)
    key = key_of(test.modalities)
    inputs = np.concatenate([seen(test, name) for name in test.modalities], axis=1)
    scores = inputs @ arrays[f'{key}.weight'].T + arrays[f'{key}.bias']
    return float((np.unique(train.labels)[scores.argmax(axis=1)] == test.labels).mean())


def seen(clips: Clips, name: str) -> npt.NDArray[np.float32]:
    """What the combiner sees of a modality."""
    table, rows = clips.tables[name], clips.rows[name]
    return described(table.logits[rows, -1], table.quality[rows, -1])


if __name__ == '__main__':
    sys.exit(main())
