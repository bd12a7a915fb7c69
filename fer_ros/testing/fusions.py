"""The contract of fusions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from fer_ros.protocols import Fusion
from fer_ros.testing.requiring import C, check_distribution, require, require_raises
from fer_ros.types import NS_PER_S, Evidence, Features, Modality, read_only


def check_fusion(fusion: Fusion, sizes: Mapping[Modality, int] | None = None) -> None:
    """Try a fusion on every subset of three modalities, in any order, with extreme logits.

    ``sizes`` has the length of a modality's embedding, for a fusion that reads embeddings; others
    are 16 long.
    """
    require(isinstance(fusion, Fusion), 'there is no method fuse or no memory_s')
    require_raises(lambda: fusion.fuse({}), ValueError, 'fuse({})')
    for features in _evidence(sizes or {}):
        for count in range(1, len(features) + 1):
            for names in itertools.combinations(features, count):
                _check_fused(fusion, {name: [features[name]] for name in names})
                _check_fused(fusion, {name: _history(features[name]) for name in names})


def _evidence(sizes: Mapping[Modality, int]) -> list[dict[Modality, Features]]:
    """Three modalities each, the last one unknown to anybody."""
    random = np.random.default_rng(0)
    unknown = random.normal(size=(3, C)).astype(np.float32)
    unknown[0, 3] = unknown[1, 3] = unknown[1, 5] = unknown[2, 0] = -np.inf
    opposed = np.full((3, C), -np.inf, np.float32)
    opposed[[0, 1, 2], [0, 1, 2]] = 0.0
    cases = [
        random.normal(size=(3, C)).astype(np.float32),
        (random.normal(size=(3, C)) * 1e4).astype(np.float32),
        np.zeros((3, C), np.float32),
        np.full((3, C), -1e30, np.float32),
        unknown,
        opposed,
    ]
    qualities = {'face': 1.0, 'voice': 0.0, 'smell': 0.5}
    return [
        {
            name: Features(
                0, read_only(np.ones(sizes.get(name, 16), np.float32)), read_only(row), quality
            )
            for (name, quality), row in zip(qualities.items(), case, strict=True)
        }
        for case in cases
    ]


def _history(newest: Features) -> list[Features]:
    """Features of the last seconds that end with the newest."""
    earlier = [
        Features(newest.stamp_ns - back * NS_PER_S // 4, newest.embedding, newest.logits, 0.5)
        for back in range(12, 0, -1)
    ]
    return [*earlier, newest]


def _check_fused(fusion: Fusion, evidence: Evidence) -> None:
    what = f'fusion of {", ".join(evidence)}'
    answer = fusion.fuse(evidence)
    require(
        set(answer.weights) == set(evidence),
        f'{what} gave weights of {sorted(answer.weights)}',
    )
    weights = np.array(list(answer.weights.values()))
    require(
        bool((weights >= 0).all()) and abs(float(weights.sum()) - 1) < 1e-4,
        f'{what} gave weights {answer.weights}, which must be positive and sum to 1',
    )
    fused = answer.probabilities
    check_distribution(fused, f'{what} gave')
    require(
        np.array_equal(fused, fusion.fuse(evidence).probabilities),
        f'{what} gave another result again',
    )
    backwards = fusion.fuse(dict(reversed(list(evidence.items())))).probabilities
    require(
        np.allclose(fused, backwards, atol=1e-6),
        f'{what} depends on the order in which the modalities were found',
    )
