"""The contract of smoothings."""

from __future__ import annotations

import numpy as np

from fer_ros.protocols import Smoothing
from fer_ros.testing.requiring import C, check_distribution, require
from fer_ros.types import FloatArray, read_only


def check_smoothing(smoothing: Smoothing) -> None:
    """Let a smoothing follow a person through changes, pauses and certainty, twice the same."""
    require(isinstance(smoothing, Smoothing), 'there is no method start')
    first, again = _smoothed(smoothing), _smoothed(smoothing)
    require(
        all(np.array_equal(one, other) for one, other in zip(first, again, strict=True)),
        'the same observations gave other probabilities to another person',
    )
    for number, probabilities in enumerate(first):
        check_distribution(probabilities, f'observation {number} gave')
    followed = smoothing.start(_certain(0))
    for _ in range(600):
        last = followed.update(0.1, _certain(1))
    require(int(last.argmax()) == 1, 'a change that has lasted for a minute is not followed')


def _smoothed(smoothing: Smoothing) -> list[FloatArray]:
    """What becomes of noise, certainty and nothing known, at any distance in time."""
    random = np.random.default_rng(0)
    noise = read_only(random.dirichlet(np.ones(C)).astype(np.float32))
    unknown = read_only(np.full(C, 1 / C, np.float32))
    observed = (noise, _certain(0), unknown, _certain(1), _certain(2), noise)
    followed = smoothing.start(unknown)
    return [
        followed.update(elapsed_s, probabilities).copy()
        for elapsed_s in (1e-9, 0.01, 0.04, 1.0, 60.0, 1e6)
        for probabilities in observed
    ]


def _certain(label: int) -> FloatArray:
    return read_only(np.eye(C, dtype=np.float32)[label])
