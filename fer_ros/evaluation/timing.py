"""How long an evaluation took: ``timing.json``, kept apart because no two runs take as long.

Times are those of the machines that evaluated; with several workers they ran side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fer_ros.evaluation.durations import Durations, Histogram
from fer_ros.evaluation.results import SCHEMA, Recording

TIMING = 'timing.json'


@dataclass(frozen=True)
class StageTiming:
    """One stage over all recordings."""

    runs: int
    """How often it ran."""
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
    """Of the pipeline's stages together, for one frame or hop."""
    latency_p95_ms: float | None


@dataclass(frozen=True)
class Timing:
    """All that timing.json says."""

    schema: int
    wall_s: float
    """From the start to the end of the run, with loading the models."""
    recorded_s: float
    """Length of all recordings together."""
    speed: float | None
    """recorded_s / wall_s"""
    frames_per_second: float | None
    workers: int
    stages: dict[str, StageTiming]
    """In the order in which they run; 'read' is opening and decoding."""
    recordings: dict[str, RecordingTiming]


def timing(
    recordings: Mapping[str, tuple[Recording, Durations]], wall_s: float, workers: int
) -> Timing:
    """The timing of a run that took ``wall_s``; recordings by name."""
    whole = Durations()
    for _, durations in recordings.values():
        whole.merge(durations)
    recorded_s = sum(recording.seconds for recording, _ in recordings.values())
    frames = sum(recording.frames for recording, _ in recordings.values())
    spent_ns = sum(histogram.total_ns for histogram in whole.stages.values())
    return Timing(
        SCHEMA,
        round(wall_s, 3),
        round(recorded_s, 3),
        _ratio(recorded_s, wall_s),
        _ratio(frames, wall_s),
        workers,
        {name: _stage(histogram, spent_ns) for name, histogram in whole.stages.items()},
        {name: _recording(*known) for name, known in recordings.items()},
    )


def _stage(histogram: Histogram, spent_ns: int) -> StageTiming:
    runs = histogram.counts.total()
    return StageTiming(
        runs,
        round(histogram.total_ns / max(spent_ns, 1), 4),
        round(histogram.total_ns / runs / 1e6, 4),
        *(round(histogram.percentile_ns(percent) / 1e6, 4) for percent in (50, 95, 99)),
    )


def _recording(recording: Recording, durations: Durations) -> RecordingTiming:
    p50, p95 = (durations.steps.percentile_ns(percent) / 1e6 or None for percent in (50, 95))
    return RecordingTiming(
        round(durations.seconds, 3),
        _ratio(recording.seconds, durations.seconds),
        p50 and round(p50, 4),
        p95 and round(p95, 4),
    )


def _ratio(amount: float, seconds: float) -> float | None:
    return round(amount / seconds, 2) if seconds > 0 else None
