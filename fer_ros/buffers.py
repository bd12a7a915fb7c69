"""The audio ring: sound kept by its capture time, so that any frame finds the sound before it.

Chunks are not paired with frames.  Every chunk is written where its stamp says; a window is read
for any moment later.  So chunks may come late, early, doubled, out of order or overlapping, and
gaps stay explicit.  A driver's stamps jitter by more than one sample; a chunk that nearly
continues the sound before it is therefore joined to it without a seam.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
import numpy.typing as npt

from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow, read_only


class RingError(ValueError):
    """A chunk or a window that the ring cannot hold."""


class AudioRing:
    """The last ``seconds`` of sound at one rate, addressed by capture time.

    Safe to use from several threads; no call takes longer than copying its samples.
    """

    def __init__(self, rate_hz: int, seconds: float, join_tolerance_s: float = 0.02) -> None:
        """``join_tolerance_s``: how far a stamp may be off and still continue the sound."""
        if rate_hz <= 0 or seconds <= 0:
            raise RingError(f'rate {rate_hz} Hz and length {seconds} s must be positive')
        self.rate_hz = rate_hz
        self._size = round(rate_hz * seconds)
        self._tolerance = round(rate_hz * join_tolerance_s)
        self._samples = np.zeros(self._size, dtype=np.float32)
        self._heard = np.zeros(self._size, dtype=np.bool_)
        self._lock = threading.Lock()
        self._origin_ns: int | None = None
        self._end = 0  # index, counted from the origin, after the newest sample
        self._placed: deque[tuple[int, int, int]] = deque(maxlen=64)
        """Stamp, first index and end index of recent chunks, in order of arrival."""

    def clear(self) -> None:
        """Forget everything, as when time jumps back."""
        with self._lock:
            self._forget()

    @property
    def newest_ns(self) -> int | None:
        """Capture time of the end of the newest sample, None while empty."""
        with self._lock:
            return self._end_ns()

    def add(self, chunk: AudioChunk) -> int:
        """Store a chunk and return how many of its samples were new.

        Samples that are already there are not overwritten; samples older than the ring are
        dropped.  A chunk that lies before everything the ring can hold means that time jumped
        back: the ring starts anew with it.
        """
        if chunk.rate_hz != self.rate_hz:
            raise RingError(f'chunk of {chunk.rate_hz} Hz for a ring of {self.rate_hz} Hz')
        if not len(chunk.samples):
            return 0
        with self._lock:
            return self._add(chunk.stamp_ns, chunk.samples)

    def window(self, end_ns: int, seconds: float) -> AudioWindow:
        """The sound in [end_ns - seconds, end_ns), zeros where nothing was heard."""
        count = round(self.rate_hz * seconds)
        if not 0 < count <= self._size:
            limit = self._size / self.rate_hz
            raise RingError(f'window of {seconds} s, but the ring holds (0, {limit:g}] s')
        with self._lock:
            samples, heard = self._read(end_ns, count)
        last = np.flatnonzero(heard)
        newest_ns = None
        if len(last):
            newest_ns = end_ns - self._to_ns(count - 1 - int(last[-1]))
        coverage = float(heard.mean())
        return AudioWindow(end_ns, self.rate_hz, read_only(samples), coverage, newest_ns)

    def _add(self, stamp_ns: int, samples: npt.NDArray[np.float32]) -> int:
        if self._origin_ns is None:
            self._origin_ns = stamp_ns
        start = self._place(stamp_ns)
        if start + len(samples) <= self._end - self._size:
            self._forget()
            self._origin_ns, start = stamp_ns, 0
        end = start + len(samples)
        self._advance(end)
        first = max(start, self._end - self._size)
        where = np.arange(first, end) % self._size
        new = ~self._heard[where]
        self._samples[where[new]] = samples[first - start :][new]
        self._heard[where] = True
        self._placed.append((stamp_ns, start, end))
        return int(new.sum())

    def _place(self, stamp_ns: int) -> int:
        """The index where a chunk begins.

        A stamp seen before is the same chunk again.  Otherwise a chunk continues the one that
        arrived last, or else any other recent one, where its stamp is within tolerance of that.
        """
        start = self._to_index(stamp_ns)
        for placed_ns, placed_start, _ in self._placed:
            if placed_ns == stamp_ns:
                return placed_start
        for _, _, end in reversed(self._placed):
            if abs(end - start) <= self._tolerance:
                return end
        return start

    def _advance(self, end: int) -> None:
        """Make room up to ``end``: what the ring leaves behind is unheard again."""
        fresh = min(end - self._end, self._size)
        if fresh > 0:
            where = np.arange(end - fresh, end) % self._size
            self._samples[where] = 0.0
            self._heard[where] = False
            self._end = end

    def _read(
        self, end_ns: int, count: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        samples = np.zeros(count, dtype=np.float32)
        heard = np.zeros(count, dtype=np.bool_)
        if self._origin_ns is None:
            return samples, heard
        end = self._to_index(end_ns)
        first = max(end - count, self._end - self._size)
        last = min(end, self._end)
        if first < last:
            where = np.arange(first, last) % self._size
            into = slice(first - (end - count), last - (end - count))
            samples[into] = self._samples[where]
            heard[into] = self._heard[where]
        return samples, heard

    def _forget(self) -> None:
        self._heard[:] = False
        self._samples[:] = 0.0
        self._origin_ns = None
        self._end = 0
        self._placed.clear()

    def _end_ns(self) -> int | None:
        if self._origin_ns is None:
            return None
        return self._origin_ns + self._to_ns(self._end)

    def _to_index(self, stamp_ns: int) -> int:
        assert self._origin_ns is not None
        return round((stamp_ns - self._origin_ns) * self.rate_hz / NS_PER_S)

    def _to_ns(self, index: int) -> int:
        return round(index * NS_PER_S / self.rate_hz)
