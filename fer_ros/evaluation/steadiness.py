"""How steady labels are over time, and what that costs: flips, and the delay of true changes.

Steadiness alone is worth nothing, since a label that never changes is perfectly steady.  So both
are measured, on the same real probabilities: those of the pipeline without any smoothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_ros.drive import drive
from fer_ros.labels import LABELS
from fer_ros.pipeline import EmotionPipeline
from fer_ros.protocols import Smoothing
from fer_ros.smoothing.exponential import Exponential
from fer_ros.smoothing.steady import LabelConfig, Steadiness
from fer_ros.types import NS_PER_S, AudioChunk, FloatArray, Frame

Labels = npt.NDArray[np.int64]

LONG_S = 6.0
"""Delays are measured on people who are seen for at least so long."""
_CHANGES = 16
"""At how many moments a change is simulated, spread over the middle of the time."""
_BECOMES = np.roll(np.arange(len(LABELS)), 3)
"""What each label turns into at a simulated change; none stays itself."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What the pipeline said of one person."""

    stamps_ns: Sequence[int]
    probabilities: FloatArray
    """(N, C)"""

    @property
    def duration_s(self) -> float:
        """From the first to the last estimate."""
        return (self.stamps_ns[-1] - self.stamps_ns[0]) / NS_PER_S


@dataclass(frozen=True, eq=False)
class Method:
    """A smoothing and when the label follows it."""

    smoothing: Smoothing
    label: LabelConfig


NONE = Method(
    Exponential(Exponential.Config(time_constant=0.0)), LabelConfig(hysteresis=0.0, dwell=0.0)
)
"""The most probable label of each moment."""


def people_of(samples: Iterable[Frame | AudioChunk], pipeline: EmotionPipeline) -> list[Seen]:
    """Everybody in a recording; the pipeline must not smooth."""
    stamps: dict[int | None, list[int]] = {}
    rows: dict[int | None, list[FloatArray]] = {}
    pipeline.reset()
    for result in drive(samples, pipeline):
        for person in result.people:
            known = stamps.setdefault(person.fused.track_id, [])
            if not known or person.fused.stamp_ns > known[-1]:
                known.append(person.fused.stamp_ns)
                rows.setdefault(person.fused.track_id, []).append(person.fused.probabilities)
    return [Seen(known, np.stack(rows[track_id])) for track_id, known in stamps.items()]


def labels_of(seen: Seen, method: Method) -> Labels:
    """The label (N,) after each moment."""
    steady = Steadiness(method.smoothing, method.label)
    return np.array(
        [
            steady.update('', stamp_ns, row).label
            for stamp_ns, row in zip(seen.stamps_ns, seen.probabilities, strict=True)
        ]
    )


def flips(people: Iterable[Seen], method: Method) -> int:
    """How often a label changed."""
    return sum(int((np.diff(labels_of(seen, method)) != 0).sum()) for seen in people)


def delays_s(people: Iterable[Seen], method: Method) -> list[float]:
    """How long labels lag behind simulated changes, in seconds, for all who are seen for long.

    From some moment on all labels change their roles: who looks sad from then on looks angry.  The
    delay ends when the label is what it would be without the change, in its new role.  So the
    evidence has the noise, strength and doubts of a real recording; where it is undecided for
    seconds, the delay is as long.  A label that does not follow counts until the end.
    """
    return [
        _delay_s(seen, method, int(first))
        for seen in people
        if seen.duration_s >= LONG_S
        for first in np.linspace(0.15, 0.85, _CHANGES) * len(seen.stamps_ns)
    ]


def _delay_s(seen: Seen, method: Method, first: int) -> float:
    changed = seen.probabilities.copy()
    changed[first:, _BECOMES] = seen.probabilities[first:]
    wanted = _BECOMES[labels_of(seen, method)[first:]]
    got = labels_of(Seen(seen.stamps_ns, changed), method)[first:]
    followed = np.flatnonzero(got == wanted)
    last = first + int(followed[0]) if len(followed) else -1
    return (seen.stamps_ns[last] - seen.stamps_ns[first]) / NS_PER_S
