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
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fer_ros.types import NS_PER_S, AudioChunk, FloatArray

EXACT_S = 0.002
"""Stamps this close to the end of the sound before continue it, however exact stamps are."""
DRIFT = 0.005
"""The most by which a sound card's clock may be wrong and be followed without a seam."""
GRID = 0.02
"""Stamps that were counted in samples lie this close to a whole number of them."""
_PROOF = 64
"""So many samples that are found once only are no coincidence."""

_Numbers = npt.NDArray[Any]


class Part(NamedTuple):
    """Samples at their place."""

    start: int
    """Index of the first sample, counted from the first stamp."""
    samples: FloatArray

    @property
    def end(self) -> int:
        """Index after the last sample."""
        return self.start + len(self.samples)


class _Sound(NamedTuple):
    """What each chunk adds to the sound before it, in order of the stamps."""

    samples: list[FloatArray]
    before: _Numbers
    """How many samples there are before those of each, without gaps."""
    lag: _Numbers
    """Samples by which each stamp is later than that count: grows where sound was lost."""


def lay_out(chunks: Sequence[AudioChunk], tolerance_s: float) -> list[Part]:
    """The sound of chunks of one rate, in order of their stamps, each sample once.

    Parts are in order and do not overlap, and within one there is no seam; index 0 is at the
    first stamp.  No sample lies further than about ``tolerance_s`` from where its stamp says, and
    none is left out, unless stamps that are wrong by more than that put different sound at the
    same time.
    """
    if not chunks:
        return []
    rate_hz = chunks[0].rate_hz
    most = tolerance_s * rate_hz
    sound = _new_sound(chunks, most)
    allowed = min(most, max(2 * _jitter(sound.lag, most), EXACT_S * rate_hz))
    return _placed(sound, _cuts(sound, allowed, most), most)


def _new_sound(chunks: Sequence[AudioChunk], most: float) -> _Sound:
    stamps_ns = np.array([chunk.stamp_ns for chunk in chunks])
    sizes = np.array([len(chunk.samples) for chunk in chunks])
    position = (stamps_ns - stamps_ns[0]) * chunks[0].rate_hz / NS_PER_S
    again = _repetitions(chunks, position, sizes, most)
    samples = [chunk.samples for chunk in chunks]
    if again.any():
        adds = again < sizes
        samples = [samples[at][again[at] :] for at in np.flatnonzero(adds).tolist()]
        position, sizes = (position + again)[adds], (sizes - again)[adds]
    before = np.cumsum(sizes) - sizes
    return _Sound(samples, before, position - before)


def _repetitions(
    chunks: Sequence[AudioChunk], position: _Numbers, sizes: _Numbers, most: float
) -> _Numbers:
    """How many samples at the start of each chunk were in the chunks before."""
    again = np.zeros(len(chunks), np.int64)
    end = position + sizes
    least = np.minimum(EXACT_S * chunks[0].rate_hz, sizes - GRID)
    overlap = np.maximum.accumulate(end)[:-1] - position[1:]
    for at in (np.flatnonzero((overlap > 0) & (overlap >= least[1:])) + 1).tolist():
        newest = at - 1 - int(end[:at][::-1].argmax())
        shared = float(end[newest] - position[at])
        if shared > 0 and shared >= least[at]:
            later = chunks[at].samples
            again[at] = _repeated(chunks[newest].samples, later, shared, most)
            if again[at] == len(later):
                end[at] = -np.inf  # what adds nothing is not what the next one follows
    return again


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
    last = len(piece) - 1
    places = np.flatnonzero((near[: len(near) - last] == piece[0]) & (near[last:] == piece[-1]))
    found = (True for at in places.tolist() if np.array_equal(near[at : at + last + 1], piece))
    return len(list(islice(found, 2))) > 1


def _jitter(lag: _Numbers, most: float) -> float:
    """The furthest that stamps go back against the count of samples, if no more than ``most``."""
    jitter = 0.0
    while len(lag):
        back = np.maximum.accumulate(lag) - lag
        end = _first(back > most)
        jitter = max(jitter, float(back[:end].max()))
        lag = lag[end:]
    return jitter


def _cuts(sound: _Sound, allowed: float, most: float) -> list[int]:
    """Where runs without a seam begin, and the end of the last one.

    That is where a stamp is later than ``allowed``, or earlier than ``most``.
    """
    steps = np.diff(sound.before + sound.lag, prepend=sound.lag[0])
    drift = DRIFT * np.cumsum(np.maximum(0.0, steps))
    cuts = [0]
    while cuts[-1] < len(drift):
        lag, drifted = sound.lag[cuts[-1] :], drift[cuts[-1] :]
        lowest = np.minimum.accumulate(lag - drifted)[:-1] + drifted[1:]
        late = lag[1:] - lowest
        cuts.append(cuts[-1] + 1 + _first((late < -most) | (late > allowed)))
    return cuts


def _placed(sound: _Sound, cuts: list[int], most: float) -> list[Part]:
    parts: list[Part] = []
    free: int | None = None
    for first, end in pairwise(cuts):
        # by the stamps of all chunks of a run, of which some may be wrong
        start = round(float(np.median(sound.lag[first:end]) + sound.before[first]))
        samples = np.concatenate(sound.samples[first:end])
        if free is not None and start < free:
            if free - start <= most:  # the stamps disagree by less than they may be wrong
                start = free
            else:
                start, samples = free, samples[free - start :]
        if len(samples):
            parts.append(Part(start, samples))
            free = start + len(samples)
    return parts


def _first(found: npt.NDArray[np.bool_]) -> int:
    """The first index that is true; the length where none is."""
    at = int(found.argmax()) if len(found) else 0
    return at if len(found) and found[at] else len(found)
