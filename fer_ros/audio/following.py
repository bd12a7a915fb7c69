"""Which part of a window of sound was in the window before it, sample by sample.

Windows of one stream overlap.  Their stamps alone do not tell by how much: a microphone's clock
is not that of the stamps, and stamps are wrong by some milliseconds.  Sound may also have come
late, into a window that was read already.  What is the same sound is therefore found by its
samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fer_ros.types import NS_PER_S, AudioWindow, FloatArray

_TOLERANCE_S = 0.025
"""By how much stamps may be off."""
_PROBE = 64
"""So many samples that are equal are no coincidence, silence and tones aside."""
_MOST = 8
"""Places that are tried, the likeliest; only tones and constant sound have more."""


class Place(NamedTuple):
    """Where a window lies in the stream."""

    begin: int
    """Number of its first sample.  Those of a stream that begins go by its capture time."""
    same: int
    """Number of the first sample that is new, or other than it was; ``begin`` if all are."""


class Follower:
    """Numbers the samples of one stream through its windows, which come in order of time.

    The same sample has the same number in all windows, unless nothing that a window begins with
    is found in the one before: then a stream begins.
    """

    def __init__(self) -> None:
        self._last: AudioWindow | None = None
        self._begin = 0

    def place(self, window: AudioWindow) -> Place:
        """Where a window lies in the stream."""
        last, self._last = self._last, window
        if last is not None and last.rate_hz == window.rate_hz:
            shift, same = _overlap(last, window)
            if same:
                self._begin += shift
                return Place(self._begin, self._begin + same)
        end = (window.stamp_ns * window.rate_hz + NS_PER_S // 2) // NS_PER_S
        self._begin = end - len(window.samples)
        return Place(self._begin, self._begin)


def _overlap(earlier: AudioWindow, later: AudioWindow) -> tuple[int, int]:
    """By how many samples a window is later than another, and how many are the same from there."""
    elapsed_ns = later.stamp_ns - earlier.stamp_ns
    expected = round(elapsed_ns * later.rate_hz / NS_PER_S)
    most = round(_TOLERANCE_S * later.rate_hz)
    shift, same = expected, _same(earlier.samples, later.samples, expected)
    if same < len(earlier.samples) - expected:
        for other in _shifts(earlier.samples, later.samples, expected, most):
            count = _same(earlier.samples, later.samples, other)
            if count > same:
                shift, same = other, count
    return shift, same


def _same(earlier: FloatArray, later: FloatArray, shift: int) -> int:
    """How many samples are equal from where ``later`` begins, ``shift`` samples later."""
    if shift < 0:
        return 0
    count = min(len(earlier) - shift, len(later))
    if count <= 0:
        return 0
    differs = earlier[shift : shift + count] != later[:count]
    first = int(differs.argmax())
    return first if differs[first] else count


def _shifts(earlier: FloatArray, later: FloatArray, expected: int, most: int) -> Iterator[int]:
    """Other shifts, up to ``most`` away, at which a stretch of both is the same; nearest first.

    The stretch is where the sound is loudest: what is quiet may look alike everywhere.
    """
    first, end = max(0, expected) + most, len(earlier) - most - _PROBE
    if first >= end:
        return
    at = first + int(np.abs(earlier[first:end]).argmax())
    probe = earlier[at : at + _PROBE]
    nearby = later[at - expected - most : at - expected + most + _PROBE]
    if not probe[0] or len(nearby) < _PROBE:
        return
    found = np.flatnonzero((sliding_window_view(nearby, _PROBE) == probe).all(axis=1)) - most
    for away in sorted(found.tolist(), key=abs)[:_MOST]:
        yield expected - away
