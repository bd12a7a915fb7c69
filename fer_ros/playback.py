"""A clip played as if it were captured now: which sample is due when, at any speed, once or on.

A device gives a picture at the moment it shows and a stretch of sound once its last sample was
heard; a clip is played the same way.  All is computed from presentation times, so nothing drifts,
however long the clip and however late a single sample.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from fer_ros.types import NS_PER_S, AudioChunk, Frame, read_only

Sample = Frame | AudioChunk

SEAM_NS = 2_000_000
"""Stamps of containers are rounded; sound that starts within this of an end continues it."""
LATE_NS = 300_000_000
"""A picture this late is left out, as a camera would; sound never is."""
LONE_FRAME_NS = 100_000_000
"""How long a picture shows in a clip that has only one."""


def due_ns(sample: Sample) -> int:
    """When a device would give a sample: a picture at once, sound when its end is heard."""
    return sample.end_ns if isinstance(sample, AudioChunk) else sample.stamp_ns


def from_zero(open_clip: Callable[[], Iterable[Sample]], loop: bool) -> Iterator[Sample]:
    """The samples of a clip, the earliest at 0; with ``loop`` without end, stamps running on."""
    start_ns = 0
    while True:
        origin_ns: int | None = None
        last_end_ns = start_ns
        last_frame_ns: int | None = None
        period_ns = LONE_FRAME_NS
        for sample in open_clip():
            if origin_ns is None:
                origin_ns = sample.stamp_ns - start_ns
            moved = replace(sample, stamp_ns=sample.stamp_ns - origin_ns)
            if isinstance(moved, Frame):
                if last_frame_ns is not None:
                    period_ns = moved.stamp_ns - last_frame_ns
                last_frame_ns = moved.stamp_ns
                last_end_ns = max(last_end_ns, moved.stamp_ns + period_ns)
            else:
                last_end_ns = max(last_end_ns, moved.end_ns)
            yield moved
        if not loop or last_end_ns == start_ns:
            return
        start_ns = last_end_ns


def as_devices_give(samples: Iterable[Sample], chunk_s: float) -> Iterator[Sample]:
    """Samples in order of their stamps -> in order of when they are due.

    Sound comes in chunks of ``chunk_s`` seconds, whatever the codec's frames are.
    """
    chunker = Chunker(chunk_s)
    heap: list[tuple[int, int, Sample]] = []
    serial = count()  # keeps what is due at the same time in order, and samples from comparison
    for sample in samples:
        for ready in chunker.push(sample):
            heapq.heappush(heap, (due_ns(ready), next(serial), ready))
        while heap and heap[0][0] <= sample.stamp_ns:  # all that follows is due later
            yield heapq.heappop(heap)[2]
    for ready in chunker.flush():
        heapq.heappush(heap, (due_ns(ready), next(serial), ready))
    while heap:
        yield heapq.heappop(heap)[2]


class Chunker:
    """Cuts sound anew; a gap in it ends a chunk early, pictures pass."""

    def __init__(self, chunk_s: float) -> None:
        self._chunk_s = chunk_s
        self._held: list[AudioChunk] = []

    def push(self, sample: Sample) -> Iterator[Sample]:
        """What is complete with this sample; samples come in order of their stamps."""
        if self._held and self._leaves_a_gap(sample):
            yield from self.flush()
        if not isinstance(sample, AudioChunk):
            yield sample
            return
        self._held.append(sample)
        size = round(sample.rate_hz * self._chunk_s)
        if sum(len(chunk.samples) for chunk in self._held) >= size:
            whole = _joined(self._held)
            length = len(whole.samples)
            rest = length % size
            self._held = [_part(whole, length - rest, length)] if rest else []
            for first in range(0, length - rest, size):
                yield _part(whole, first, first + size)

    def flush(self) -> Iterator[Sample]:
        """What is left, although it is shorter."""
        if self._held:
            whole, self._held = _joined(self._held), []
            yield whole

    def _leaves_a_gap(self, sample: Sample) -> bool:
        late_ns = sample.stamp_ns - self._held[-1].end_ns
        if isinstance(sample, AudioChunk):
            return sample.rate_hz != self._held[-1].rate_hz or abs(late_ns) > SEAM_NS
        return late_ns > SEAM_NS


def at_speed(samples: Iterable[Sample], rate: float) -> Iterator[Sample]:
    """The clip played ``rate`` times as fast; sound changes its pitch, as on a tape."""
    for sample in samples:
        stamp_ns = round(sample.stamp_ns / rate)
        if isinstance(sample, AudioChunk):
            yield AudioChunk(stamp_ns, round(sample.rate_hz * rate), sample.samples)
        else:
            yield replace(sample, stamp_ns=stamp_ns)


def paced(
    samples: Iterable[Sample],
    elapsed_ns: Callable[[], int],
    wait: Callable[[float], object],
) -> Iterator[Sample]:
    """Each sample when it is due by ``elapsed_ns``; ``wait`` blocks for so many seconds.

    Pictures that are too late to be of use are left out.
    """
    for sample in samples:
        early_ns = due_ns(sample) - elapsed_ns()
        if early_ns > 0:
            wait(early_ns / NS_PER_S)
        elif isinstance(sample, Frame) and -early_ns > LATE_NS:
            continue
        yield sample


def _joined(held: list[AudioChunk]) -> AudioChunk:
    samples = read_only(np.concatenate([chunk.samples for chunk in held]))
    return AudioChunk(held[0].stamp_ns, held[0].rate_hz, samples)


def _part(chunk: AudioChunk, first: int, last: int) -> AudioChunk:
    stamp_ns = chunk.stamp_ns + round(first * NS_PER_S / chunk.rate_hz)
    return AudioChunk(stamp_ns, chunk.rate_hz, chunk.samples[first:last])
