"""Durations summed up: what a user of a benchmark compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """How long something took, in milliseconds."""

    runs: int
    mean_ms: float
    min_ms: float
    """What it takes where nothing disturbs it."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def spread(durations_ns: Sequence[int]) -> Spread:
    """The spread of at least one duration in nanoseconds."""
    times_ms = np.asarray(durations_ns, dtype=np.float64) / 1e6
    p50, p95, p99 = np.percentile(times_ms, (50, 95, 99))
    return Spread(
        len(times_ms),
        float(times_ms.mean()),
        float(times_ms.min()),
        float(p50),
        float(p95),
        float(p99),
        float(times_ms.max()),
    )
