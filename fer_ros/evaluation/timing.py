"""How long an evaluation took: ``timing.json``, kept apart because no two runs take as long.

Times are those of the machine that evaluated; with several workers they ran side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TIMING = 'timing.json'
READ = 'read'
"""The stage before the pipeline's own: opening and decoding."""


@dataclass(frozen=True)
class StageTiming:
    """One stage over all recordings."""

    runs: int
    """Frames or hops in which it ran."""
    share: float
    """Of all time spent in stages."""
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class RecordingTiming:
    """One recording."""

    seconds: float
    """How long it took."""
    speed: float | None
    """How many times faster than it was recorded."""
    latency_p50_ms: float | None
    """Of all stages of one frame or hop together."""
    latency_p95_ms: float | None


@dataclass(frozen=True)
class Timing:
    """All that timing.json says."""

    schema: int
    wall_s: float
    """From the first recording to the last."""
    recorded_s: float
    """Length of all recordings together."""
    speed: float | None
    """recorded_s / wall_s"""
    frames_per_second: float | None
    workers: int
    stages: dict[str, StageTiming]
    """In the order in which they run."""
    recordings: dict[str, RecordingTiming]


def stage_timing(stage_ns: Mapping[str, Sequence[int]]) -> dict[str, StageTiming]:
    """Statistics of the nanoseconds that each run of each stage took."""
    total_ns = sum(sum(values) for values in stage_ns.values())
    result = {}
    for name, values in stage_ns.items():
        if not values:
            continue
        p50, p95, p99 = (np.percentile(values, (50, 95, 99)) / 1e6).tolist()
        result[name] = StageTiming(
            len(values),
            _rounded(sum(values) / max(total_ns, 1)),
            _rounded(float(np.mean(values)) / 1e6),
            *(_rounded(value) for value in (p50, p95, p99)),
        )
    return result


def latency(total_ns: Iterable[int]) -> tuple[float, float] | tuple[None, None]:
    """Median and 95th percentile in ms of what whole frames or hops took."""
    values = list(total_ns)
    if not values:
        return None, None
    p50, p95 = (np.percentile(values, (50, 95)) / 1e6).tolist()
    return _rounded(p50), _rounded(p95)


def _rounded(value: float) -> float:
    return round(value, 4)
