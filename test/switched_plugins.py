"""Plugins that are slow, hang or answer nonsense when a test says so, in any process.

The test's Switch says 'slow 0.5', 'hang', 'nan', or nothing for what works.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import ros_fakes
from switch import said

from fer_ros.labels import LABELS
from fer_ros.types import Evidence, Face, Fused, ImageArray


def obey() -> bool:
    """Be slow, or hang until the test says otherwise; whether to answer nonsense."""
    what = said().split()
    while what[:1] == ['hang']:
        time.sleep(0.05)
        what = said().split()
    if what[:1] == ['slow']:
        time.sleep(float(what[1]))
    return what[:1] == ['nan']


class SwitchedDetector(ros_fakes.BrightDetector):
    """BrightDetector, when it is let."""

    @dataclass(frozen=True)
    class Config:
        pass

    def detect(self, image: ImageArray) -> list[Face]:
        nonsense = obey()
        return [Face(np.nan, 0.0, 9.0, 9.0, 0.9)] if nonsense else super().detect(image)


class StubbornDetector(SwitchedDetector):
    """Is as slow when it is built as when it looks."""

    def __init__(self, config: ros_fakes.BrightDetector.Config) -> None:
        print('building', flush=True)
        obey()
        super().__init__(config)


class SlowToBuild:
    """A fusion that takes long to be built, as one with a large model, and answers evenly."""

    memory_s = 0.0

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config) -> None:
        obey()

    def fuse(self, evidence: Evidence) -> Fused:
        even = np.full(len(LABELS), 1 / len(LABELS), np.float32)
        return Fused(even, dict.fromkeys(evidence, 1 / len(evidence)))
