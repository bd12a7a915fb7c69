"""Anything with a stamp, such as a picture, together with the sound that was captured before it.

A driver sends sound in chunks, so the last moments before a picture come after it, and chunks may
come out of order.  An item therefore waits until sound has reached its stamp without a hole, but
never longer than allowed: a microphone that stopped must not hold up the camera.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from fer_ros.audio.input import AudioInput
from fer_ros.audio.resample import resampled
from fer_ros.clocks import JUMP_BACK_NS
from fer_ros.timeline import EXACT_S
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

        An item is given back as it is, with what sound there is, once it waited ``max_wait_s``,
        ``max_waiting`` others came after it, or time jumped back.  Sound that is missing for
        longer than ``max_wait_s`` is lost and not waited for.
        """
        self._audio = AudioInput(rate_hz, window_s)
        self._rate_hz = rate_hz
        self._count = round(rate_hz * window_s)
        self._max_wait_s = max_wait_s
        self._waited_for_s = min(max_wait_s, window_s)
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
            ready = []
            if self._waiting and stamp_ns < self._waiting[-1][0] - JUMP_BACK_NS:
                ready = self._all()
            self._waiting.append((stamp_ns, self._clock(), item))
            return ready + self._ready()

    def flush(self) -> list[tuple[_Item, AudioWindow]]:
        """All items that still wait, as at the end of a recording."""
        with self._lock:
            return self._all()

    def _all(self) -> list[tuple[_Item, AudioWindow]]:
        return [self._next() for _ in range(len(self._waiting))]

    def _ready(self) -> list[tuple[_Item, AudioWindow]]:
        ready = []
        while self._waiting and self._is_due(*self._waiting[0][:2]):
            ready.append(self._next())
        return ready

    def _next(self) -> tuple[_Item, AudioWindow]:
        stamp_ns, _, item = self._waiting.popleft()
        return item, resampled(self._audio.window(stamp_ns), self._rate_hz, self._count)

    def _is_due(self, stamp_ns: int, arrived_s: float) -> bool:
        return (
            self._clock() - arrived_s >= self._max_wait_s
            or len(self._waiting) > self._max_waiting
            or self._is_complete(stamp_ns)
        )

    def _is_complete(self, stamp_ns: int) -> bool:
        newest_ns = self._audio.newest_ns
        if newest_ns is None or newest_ns < stamp_ns:
            return False
        return self._audio.missing_s(stamp_ns, self._waited_for_s) <= EXACT_S
