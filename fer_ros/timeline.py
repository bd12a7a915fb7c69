"""Where each chunk of sound lies in time: the decision between jitter, loss and overlap.

A driver's stamps jitter, while its samples follow each other without a seam.  So a stamp alone
does not tell a late stamp from a lost chunk, nor an early stamp from sound that came twice.  What
does: sound may be lost, but different sound is never captured at one time.

* A chunk that begins before the end of the sound before it either repeats that sound sample by
  sample, or its stamp is wrong.  How far stamps go back without repeating is the measure of their
  jitter, and a stamp that is late by about that much is jitter too.
* A stamp that is later than that means that sound was lost.

All is decided from the chunks at hand, whatever order they came in, and nothing is tied to sound
that is no longer there.  So an error does not last, and a drift between the clock of the sound
card and that of the stamps never adds up to a seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fer_ros.types import NS_PER_S, AudioChunk, FloatArray

EXACT_S = 0.002
"""Stamps this close to the end of the sound before continue it, however exact stamps are."""
DRIFT = 0.005
"""The most by which a sound card's clock may be wrong and be followed without a seam."""
GRID = 0.02
"""Stamps that were counted in samples lie this close to a whole number of them."""
_PROOF = 64
"""So many samples that are found once only are no coincidence."""


class Part(NamedTuple):
    """Samples at their place."""

    start: int
    """Index of the first sample, counted from the first stamp."""
    samples: FloatArray

    @property
    def end(self) -> int:
        """Index after the last sample."""
        return self.start + len(self.samples)


class _New(NamedTuple):
    """What a chunk adds to the sound before it."""

    samples: FloatArray
    before: int
    """How many samples there are before these, without gaps."""
    lag: float
    """Samples by which the stamp is later than that count: grows where sound was lost."""


class _Run(NamedTuple):
    """New samples that follow each other without a seam."""

    items: list[_New]

    @property
    def start(self) -> int:
        """Where it begins by the stamps of all its chunks, of which some may be wrong."""
        return round(median([item.lag for item in self.items]) + self.items[0].before)


def lay_out(chunks: Sequence[AudioChunk], tolerance_s: float) -> list[Part]:
    """The sound of chunks of one rate, in order of their stamps, each sample once.

    Parts are in order and do not overlap; index 0 is at the first stamp.  No sample lies further
    than about ``tolerance_s`` from where its stamp says, and none is left out, unless stamps that
    are wrong by more than that put different sound at the same time.
    """
    if not chunks:
        return []
    rate_hz = chunks[0].rate_hz
    most = tolerance_s * rate_hz
    items = _new_samples(chunks, most)
    allowed = min(most, max(2 * _jitter(items, most), EXACT_S * rate_hz))
    return _placed(_runs(items, allowed, most), most)


def _new_samples(chunks: Sequence[AudioChunk], most: float) -> list[_New]:
    items: list[_New] = []
    origin_ns, rate_hz = chunks[0].stamp_ns, chunks[0].rate_hz
    before = 0
    newest, newest_end = chunks[0].samples, 0.0
    for chunk in chunks:
        position = (chunk.stamp_ns - origin_ns) * rate_hz / NS_PER_S
        end = position + len(chunk.samples)
        overlap = newest_end - position
        again = 0
        if overlap > 0 and overlap >= min(EXACT_S * rate_hz, len(chunk.samples) - GRID):
            again = _repeated(newest, chunk.samples, overlap, most)
        if again < len(chunk.samples):
            samples = chunk.samples[again:] if again else chunk.samples
            items.append(_New(samples, before, position + again - before))
            before += len(samples)
            if end >= newest_end:
                newest, newest_end = chunk.samples, end
    return items


def _repeated(earlier: FloatArray, later: FloatArray, overlap: float, most: float) -> int:
    """How many samples at the start of ``later`` are those that ``earlier`` has there.

    ``overlap`` is what the stamps say, in samples.  Where they are rounded, one sample more or
    less is tried, and the sound must be one that is not found elsewhere nearby.
    """
    nearest = round(overlap)
    for shared in (nearest, nearest + 1, nearest - 1):
        if not 0 < shared <= len(earlier):
            continue
        first = len(earlier) - shared
        if earlier[first] != later[0]:  # tells nearly always, and costs much less than all
            continue
        count = min(shared, len(later))
        if not np.array_equal(earlier[first : first + count], later[:count]):
            continue
        on_grid = shared == nearest and abs(overlap - nearest) <= GRID
        if on_grid or not _is_found_again(earlier, first, later[:count], int(most)):
            return count
    return 0


def _is_found_again(sound: FloatArray, at: int, piece: FloatArray, within: int) -> bool:
    """Whether a piece of sound is not only at its place: silence and tones repeat themselves."""
    piece = piece[:_PROOF]
    near = sound[max(0, at - within) : at + within + len(piece)]
    return int((sliding_window_view(near, len(piece)) == piece).all(axis=1).sum()) > 1


def _jitter(items: list[_New], most: float) -> float:
    """The furthest that stamps go back against the count of samples, if no more than ``most``."""
    jitter, highest = 0.0, items[0].lag
    for item in items:
        back = highest - item.lag
        if 0 <= back <= most:
            jitter = max(jitter, back)
        else:
            highest = item.lag
    return jitter


def _runs(items: list[_New], allowed: float, most: float) -> list[_Run]:
    """Cut where a stamp is later than ``allowed``, or earlier than ``most``."""
    runs = [_Run([])]
    lowest, last = items[0].lag, items[0]
    for item in items:
        lowest += DRIFT * max(0.0, item.before + item.lag - last.before - last.lag)
        if not -most <= item.lag - lowest <= allowed:
            runs.append(_Run([]))
            lowest = item.lag
        lowest, last = min(lowest, item.lag), item
        runs[-1].items.append(item)
    return runs


def _placed(runs: list[_Run], most: float) -> list[Part]:
    parts: list[Part] = []
    free = runs[0].start
    for run in runs:
        start = run.start
        if 0 < free - start <= most:  # the stamps disagree by less than they may be wrong
            start = free
        for item in run.items:
            taken = min(max(0, free - start), len(item.samples))
            if taken == 0:
                parts.append(Part(start, item.samples))
            elif taken < len(item.samples):
                parts.append(Part(start + taken, item.samples[taken:]))
            start += len(item.samples)
        free = max(free, start)
    return parts
