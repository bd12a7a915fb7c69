"""The contract of data sets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from fer_ros.labels import canonical
from fer_ros.protocols import Dataset
from fer_ros.testing.requiring import require


def check_dataset(dataset: Dataset, most: int = 16) -> None:
    """Check labels and splits of a corpus, all subjects, and ``most`` examples of each split."""
    require(isinstance(dataset, Dataset), 'attributes of Dataset are missing')
    count = len(dataset.labels)
    require(count > 0, 'there are no labels')
    for label in dataset.labels:
        canonical(label)
    splits = dataset.splits()
    require(set(splits) == {'train', 'val', 'test'}, f'splits are {sorted(splits)}')
    _check_disjoint({name: set(numbers) for name, numbers in splits.items()}, 'example')
    subjects: dict[str, set[Any]] = {}
    for split, numbers in splits.items():
        require(len(set(numbers)) == len(numbers), f'{split}: an example is there twice')
        examples = list(dataset.examples(split))
        require(
            len(examples) == len(numbers),
            f'{split}: {len(examples)} examples for {len(numbers)} numbers',
        )
        for example in examples[:most]:
            _check_example(example, split, count)
        subjects[split] = {example['subject'] for example in examples} - {None}
    _check_disjoint(subjects, 'subject')


def _check_disjoint(groups: Mapping[str, set[Any]], what: str) -> None:
    for one, other in itertools.combinations(groups, 2):
        shared = sorted(groups[one] & groups[other])[:3]
        require(not shared, f'{what} {shared} is in {one} and in {other}')


def _check_example(example: Mapping[str, object], split: str, count: int) -> None:
    missing = {'input', 'target', 'subject'} - set(example)
    require(not missing, f'{split}: an example has no {", ".join(sorted(missing))}')
    target = np.asarray(example['target'])
    require(target.shape == (count,), f'{split}: target {target.shape}, must be ({count},)')
    fair = bool((target >= 0).all()) and abs(float(target.sum()) - 1) < 1e-4
    require(fair, f'{split}: target {target} is no distribution over the labels')
    require(bool(np.isfinite(np.asarray(example['input'])).all()), f'{split}: input not finite')
