"""From a microphone's chunks to windows of sound, at the rate it was captured at.

Few windows are ever listened to: the voice is read some times a second, and there is one for each
frame.  So they are brought to another rate by those who read them.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from fer_ros.audio.resample import checked_rate
from fer_ros.buffers import AudioRing
from fer_ros.types import AudioChunk, AudioWindow, read_only

SLACK_S = 2.0
"""How far back from the newest sound a window may end: frames come later than sound."""


class AudioInput:
    """Keeps a stream by capture time and gives windows of it.

    Safe to use from several threads.
    """

    def __init__(self, rate_hz: int, window_s: float) -> None:
        """``rate_hz`` is that of windows before any sound came.

        Raises ResampleError for a rate no microphone has.
        """
        self._rate_hz = checked_rate(rate_hz)
        self._window_s = window_s
        self._ring: AudioRing | None = None
        self._adding = threading.Lock()

    @property
    def newest_ns(self) -> int | None:
        """Capture time of the end of the newest sound, None while there is none."""
        ring = self._ring
        return ring.newest_ns if ring else None

    def add(self, chunk: AudioChunk) -> None:
        """Take in a chunk; with one of another rate the stream starts anew.

        Raises ResampleError for a rate no microphone has.
        """
        with self._adding:
            if self._ring is None or self._ring.rate_hz != chunk.rate_hz:
                self._ring = AudioRing(checked_rate(chunk.rate_hz), self._window_s + SLACK_S)
            ring = self._ring
        ring.add(chunk)

    def window(self, end_ns: int, stamped_late_ns: int = 0) -> AudioWindow:
        """The window of sound that ends at a capture time.

        The stamps of the sound are too late by ``stamped_late_ns``, those of the window are not.
        """
        ring = self._ring
        if ring is None:
            silence = np.zeros(round(self._rate_hz * self._window_s), dtype=np.float32)
            return AudioWindow(end_ns, self._rate_hz, read_only(silence), 0.0, None)
        window = ring.window(end_ns + stamped_late_ns, self._window_s)
        return moved(window, -stamped_late_ns) if stamped_late_ns else window

    def missing_s(self, end_ns: int, seconds: float) -> float:
        """How much of [end_ns - seconds, end_ns) is not there, although sound before it is."""
        ring = self._ring
        return ring.missing_s(end_ns, seconds) if ring else 0.0


def moved(window: AudioWindow, by_ns: int) -> AudioWindow:
    """The same sound with later stamps."""
    newest_ns = None if window.newest_ns is None else window.newest_ns + by_ns
    return replace(window, stamp_ns=window.stamp_ns + by_ns, newest_ns=newest_ns)
