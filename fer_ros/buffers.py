"""The audio ring: sound kept by its capture time, so that any frame finds the sound before it.

Chunks are not paired with frames.  They are kept as they came; a window is put together when it
is read, for any moment.  So it depends on nothing but which chunks have arrived: they may come
late, early, doubled, out of order or overlapping, and gaps stay explicit.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right

import numpy as np

from fer_ros.timeline import Part, lay_out
from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow, read_only

JUMP_BACK_NS = 2 * NS_PER_S
"""Sound that ends longer than this before the newest is not late: time jumped back."""
MOST_OVERLAP = 16
"""So many times its length of sound the ring holds at most; stamps that stand still would fill
the memory otherwise."""


class RingError(ValueError):
    """A chunk or a window that the ring cannot hold."""


class AudioRing:
    """The last ``seconds`` of sound at one rate, addressed by capture time.

    Safe to use from several threads.  Adding takes microseconds, the first reading after it some
    tenths of a millisecond at most, unless much is lost or doubled.
    """

    def __init__(self, rate_hz: int, seconds: float, tolerance_s: float = 0.02) -> None:
        """``tolerance_s``: how far stamps may be off at most; see fer_ros.timeline."""
        if rate_hz <= 0 or seconds <= 0:
            raise RingError(f'rate {rate_hz} Hz and length {seconds} s must be positive')
        self.rate_hz = rate_hz
        self._seconds = seconds
        self._length_ns = round(seconds * NS_PER_S)
        self._tolerance_s = tolerance_s
        self._lock = threading.Lock()
        self._chunks: list[AudioChunk] = []
        """In order of their stamps."""
        self._held = 0
        """Samples in all chunks."""
        self._newest_ns: int | None = None
        self._parts: list[Part] | None = None
        """Where the chunks lie, until another one comes."""

    @property
    def newest_ns(self) -> int | None:
        """Capture time of the end of the newest sound by its stamp, None while empty."""
        with self._lock:
            return self._newest_ns

    def add(self, chunk: AudioChunk) -> None:
        """Store a chunk, whose samples must not change any more.

        A chunk that ends more than JUMP_BACK_NS before the newest sound means that time jumped
        back: the ring starts anew with it.
        """
        if chunk.rate_hz != self.rate_hz:
            raise RingError(f'chunk of {chunk.rate_hz} Hz for a ring of {self.rate_hz} Hz')
        if not len(chunk.samples):
            return
        with self._lock:
            if self._newest_ns is not None and chunk.end_ns < self._newest_ns - JUMP_BACK_NS:
                self._chunks, self._held, self._newest_ns = [], 0, None
            self._insert(chunk)

    def window(self, end_ns: int, seconds: float) -> AudioWindow:
        """The sound in [end_ns - seconds, end_ns), zeros where nothing was heard."""
        if not 0 < seconds <= self._seconds:
            raise RingError(f'window of {seconds} s, but the ring holds (0, {self._seconds:g}] s')
        count = round(self.rate_hz * seconds)
        samples = np.zeros(count, dtype=np.float32)
        heard, last = 0, None
        origin_ns, parts = self._laid_out()
        first = round((end_ns - origin_ns) * self.rate_hz / NS_PER_S) - count
        for part in parts:
            start, end = max(part.start - first, 0), min(part.end - first, count)
            if start < end:
                offset = first - part.start
                piece = part.samples[start + offset : end + offset]
                if len(piece) == count:
                    samples = piece  # nothing is missing: no copy
                else:
                    samples[start:end] = piece
                heard, last = heard + end - start, end
        newest_ns = None
        if last is not None:
            newest_ns = end_ns - round((count - last) * NS_PER_S / self.rate_hz)
        return AudioWindow(end_ns, self.rate_hz, read_only(samples), heard / count, newest_ns)

    def missing_s(self, end_ns: int, seconds: float) -> float:
        """How much of [end_ns - seconds, end_ns) is not there, although sound before it is."""
        origin_ns, parts = self._laid_out()
        end = (end_ns - origin_ns) * self.rate_hz / NS_PER_S
        start = max(end - seconds * self.rate_hz, parts[0].start if parts else end)
        heard = sum(max(0.0, min(part.end, end) - max(part.start, start)) for part in parts)
        return max(0.0, end - start - heard) / self.rate_hz

    def _laid_out(self) -> tuple[int, list[Part]]:
        """The time of index 0, and all sound in parts."""
        with self._lock:
            if self._parts is None:
                self._parts = lay_out(self._chunks, self._tolerance_s)
            return self._chunks[0].stamp_ns if self._chunks else 0, self._parts

    def _insert(self, chunk: AudioChunk) -> None:
        chunks = self._chunks
        first = bisect_left(chunks, chunk.stamp_ns, key=_stamp_ns)
        last = bisect_right(chunks, chunk.stamp_ns, lo=first, key=_stamp_ns)
        if any(np.array_equal(chunk.samples, same.samples) for same in chunks[first:last]):
            return
        chunks.insert(last, chunk)
        self._held += len(chunk.samples)
        self._newest_ns = max(chunk.end_ns, self._newest_ns or chunk.end_ns)
        oldest_ns = self._newest_ns - self._length_ns
        most = MOST_OVERLAP * self._seconds * self.rate_hz
        while len(chunks) > 1 and (chunks[0].end_ns <= oldest_ns or self._held > most):
            self._held -= len(chunks.pop(0).samples)
        self._parts = None


def _stamp_ns(chunk: AudioChunk) -> int:
    return chunk.stamp_ns
