"""Brings a stream of sound chunks to the rate of a model without losing their capture times."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr

from fer_ros.types import NS_PER_S, AudioChunk, FloatArray, read_only

LOWEST_HZ, HIGHEST_HZ = 4000, 384000


class ResampleError(ValueError):
    """A rate that no microphone has."""


class ChunkResampler:
    """A streaming resampler (soxr): seamless over chunks, new after a gap or another rate.

    The filter looks ahead, so the last few milliseconds of a chunk come with the next one; every
    chunk that comes out carries the capture time of its own first sample.
    """

    def __init__(self, rate_hz: int, gap_s: float = 0.02) -> None:
        """To ``rate_hz``; a jump of the stamps by more than ``gap_s`` starts anew.

        Raises ResampleError for a rate outside [LOWEST_HZ, HIGHEST_HZ].
        """
        self.rate_hz = _checked(rate_hz)
        self._gap_ns = round(gap_s * NS_PER_S)
        self._stream: Any = None
        self._input_hz = 0
        self._end_ns = 0
        self._taken = 0
        self._given = 0

    def process(self, chunk: AudioChunk) -> list[AudioChunk]:
        """The resampled chunks that are ready: usually one, none or two around a gap.

        Raises ResampleError for a chunk whose rate is out of range.
        """
        ready: list[AudioChunk] = []
        if self._stream is not None and not self._continues(chunk):
            ready += self.flush()
        if chunk.rate_hz == self.rate_hz:
            return [*ready, chunk]
        if self._stream is None:
            self._input_hz = _checked(chunk.rate_hz)
            self._stream = soxr.ResampleStream(self._input_hz, self.rate_hz, 1, dtype='float32')
            self._taken = self._given = 0
        # anchored to the newest stamp, so that drift of the sound card does not add up
        self._end_ns = chunk.end_ns
        self._taken += len(chunk.samples)
        return [*ready, *self._stamped(self._stream.resample_chunk(chunk.samples))]

    def flush(self) -> list[AudioChunk]:
        """What the filter still holds; the next chunk starts anew."""
        if self._stream is None:
            return []
        rest = self._stream.resample_chunk(np.empty(0, np.float32), last=True)
        self._stream = None
        return self._stamped(rest)

    def _continues(self, chunk: AudioChunk) -> bool:
        near = abs(chunk.stamp_ns - self._end_ns) <= self._gap_ns
        return near and chunk.rate_hz == self._input_hz

    def _stamped(self, samples: FloatArray) -> list[AudioChunk]:
        if not len(samples):
            return []
        behind_s = self._taken / self._input_hz - self._given / self.rate_hz
        self._given += len(samples)
        stamp_ns = self._end_ns - round(behind_s * NS_PER_S)
        return [AudioChunk(stamp_ns, self.rate_hz, read_only(np.ascontiguousarray(samples)))]


def _checked(rate_hz: int) -> int:
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
        raise ResampleError(f'rate {rate_hz} Hz is outside [{LOWEST_HZ}, {HIGHEST_HZ}]')
    return rate_hz
