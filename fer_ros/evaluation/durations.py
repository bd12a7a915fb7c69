"""How long each stage took, in a form that adds up and stays small."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

READ = 'read'
"""The stage before the pipeline's own: opening and decoding."""
_GROWTH = math.log(1.01)
"""Durations are told apart where they differ by 1 %."""


@dataclass
class Histogram:
    """Durations counted by their size."""

    counts: Counter[int] = field(default_factory=Counter)
    total_ns: int = 0

    def add(self, duration_ns: int) -> None:
        """One more duration."""
        self.counts[round(math.log(max(duration_ns, 1)) / _GROWTH)] += 1
        self.total_ns += duration_ns

    def merge(self, other: Histogram) -> None:
        """Add up."""
        self.counts += other.counts
        self.total_ns += other.total_ns

    def percentile_ns(self, percent: float) -> float:
        """What so many percent of the durations do not exceed, to 1 %; 0 without any."""
        rank = self.counts.total() * percent / 100
        passed = 0
        for size in sorted(self.counts):
            passed += self.counts[size]
            if passed >= rank:
                return math.exp(size * _GROWTH)
        return 0.0


@dataclass
class Durations:
    """Those of one recording, or of several."""

    stages: dict[str, Histogram] = field(default_factory=dict)
    """By stage, in the order in which they first ran."""
    steps: Histogram = field(default_factory=Histogram)
    """All stages of the pipeline together, for each frame or hop."""
    seconds: float = 0.0
    """How long all of it took."""

    def add_step(self, stage_ns: Mapping[str, int]) -> None:
        """What the pipeline's stages took for one frame or hop."""
        for name, duration_ns in stage_ns.items():
            self.add(name, duration_ns)
        self.steps.add(sum(stage_ns.values()))

    def add(self, stage: str, duration_ns: int) -> None:
        """One run of one stage."""
        self.stages.setdefault(stage, Histogram()).add(duration_ns)

    def merge(self, other: Durations) -> None:
        """Add up; ``seconds`` as if one thing was done after the other."""
        for name, histogram in other.stages.items():
            self.stages.setdefault(name, Histogram()).merge(histogram)
        self.steps.merge(other.steps)
        self.seconds += other.seconds
