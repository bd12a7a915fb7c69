"""From a microphone's chunks to the windows that the voice branch reads."""

from __future__ import annotations

import threading

from fer_ros.audio.resample import ChunkResampler
from fer_ros.buffers import AudioRing
from fer_ros.types import AudioChunk, AudioWindow

_SLACK_S = 2.0
"""How far back from the newest sound a window may end: frames come later than sound."""


class AudioInput:
    """Resamples a stream to one rate and keeps it by capture time.

    Safe to use from one thread that adds and another that reads.
    """

    def __init__(self, rate_hz: int, window_s: float) -> None:
        self._window_s = window_s
        self._ring = AudioRing(rate_hz, window_s + _SLACK_S)
        self._resampler = ChunkResampler(rate_hz)
        self._adding = threading.Lock()

    @property
    def newest_ns(self) -> int | None:
        """Capture time of the end of the newest sound, None while there is none."""
        return self._ring.newest_ns

    def add(self, chunk: AudioChunk) -> None:
        """Take in a chunk of any rate.  Raises ResampleError for a rate no microphone has."""
        with self._adding:
            for ready in self._resampler.process(chunk):
                self._ring.add(ready)

    def finish(self) -> None:
        """Take in what the resampler still holds, at the end of a stream."""
        with self._adding:
            for ready in self._resampler.flush():
                self._ring.add(ready)

    def window(self, end_ns: int) -> AudioWindow:
        """The window of sound that ends at a capture time."""
        return self._ring.window(end_ns, self._window_s)
