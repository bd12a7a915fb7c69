"""Anything with a stamp, such as a picture, together with the sound that was captured before it.

A driver sends sound in chunks, so the last moments before a picture come after it.  An item
therefore waits until sound has reached its stamp, but never longer than allowed: a microphone that
stopped must not hold up the camera.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from fer_ros.audio.input import AudioInput
from fer_ros.types import AudioChunk, AudioWindow

_Item = TypeVar('_Item')


class Aligner(Generic[_Item]):
    """Gives each item back with its window, in the order of arrival.

    Safe to use from several threads.  It calls nobody: what is ready is returned.
    """

    def __init__(
        self,
        rate_hz: int,
        window_s: float,
        max_wait_s: float = 0.2,
        max_waiting: int = 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Windows of ``window_s`` at ``rate_hz``; ``clock`` in seconds measures the waiting.

        An item is given back as it is, with what sound there is, once it waited ``max_wait_s`` or
        ``max_waiting`` others came after it.
        """
        self._audio = AudioInput(rate_hz, window_s)
        self._max_wait_s = max_wait_s
        self._max_waiting = max_waiting
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, float, _Item]] = deque()

    def add_audio(self, chunk: AudioChunk) -> list[tuple[_Item, AudioWindow]]:
        """Take in sound; the items that are ready by it."""
        with self._lock:
            self._audio.add(chunk)
            return self._ready()

    def add(self, stamp_ns: int, item: _Item) -> list[tuple[_Item, AudioWindow]]:
        """Take in an item captured at ``stamp_ns``; those that are ready, perhaps it as well."""
        with self._lock:
            self._waiting.append((stamp_ns, self._clock(), item))
            return self._ready()

    def _ready(self) -> list[tuple[_Item, AudioWindow]]:
        ready = []
        while self._waiting and self._is_due(*self._waiting[0][:2]):
            stamp_ns, _, item = self._waiting.popleft()
            ready.append((item, self._audio.window(stamp_ns)))
        return ready

    def _is_due(self, stamp_ns: int, arrived_s: float) -> bool:
        newest_ns = self._audio.newest_ns
        return (
            (newest_ns is not None and newest_ns >= stamp_ns)
            or self._clock() - arrived_s >= self._max_wait_s
            or len(self._waiting) > self._max_waiting
        )
