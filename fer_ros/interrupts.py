"""Ctrl-C that ends a process quietly, a command or a node, also while Python imports.

A KeyboardInterrupt in the middle of an import is printed with its traceback, and some libraries
in C turn it into an ImportError of their own.
"""

from __future__ import annotations

import _thread
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130  # 128 + SIGINT, as shells say it
_AGAIN_S = 1.0
"""A terminal and a launch file both pass Ctrl-C on; signals this close together are one."""
_ELSEWHERE_S = 0.02
"""After so long a destructor in which Ctrl-C came has ended, or is interrupted once more."""


def leave_at_once(code: int = INTERRUPTED, *more: signal.Signals) -> None:
    """From now on Ctrl-C, and the signals in ``more``, end the process with this exit code.

    For the time in which nothing has begun that would have to be ended properly.
    """
    for number in (signal.SIGINT, *more):
        signal.signal(number, lambda *_: os._exit(code))


@contextmanager
def waiting() -> Iterator[None]:
    """Ctrl-C waits, and a process that is started meanwhile never hears of it.

    What is blocked stays blocked in that process.  Here it is not enough: the system hands a
    signal to any thread that does not block it, and Python raises what comes of it in this one.
    """
    came: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = is_main and signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if is_main:
            signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


class Interrupts:
    """Signals as KeyboardInterrupt, remembered in case that somebody swallows it."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.came = False
        self.ending = False
        """Whether the process is about to end anyway, so that nothing is to be interrupted."""
        self._clock_s = clock_s
        self._raised_s = -math.inf

    def install(self, *more: signal.Signals) -> None:
        """From now on Ctrl-C, and the signals in ``more``, are raised in the main thread."""
        for number in (signal.SIGINT, *more):
            signal.signal(number, self._handle)
        sys.unraisablehook = self._unraisable

    def leave_alone(self, *more: signal.Signals) -> None:
        """From now on Ctrl-C, and the signals in ``more``, do nothing: the process ends.

        Python gives its handlers back before it has freed everything, and from then on the
        system would kill the process, which had ended well.
        """
        for number in (signal.SIGINT, *more):
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        now_s = self._clock_s()
        if not self.ending and now_s - self._raised_s > _AGAIN_S:
            self._raised_s = now_s
            raise KeyboardInterrupt

    def _unraisable(self, what: Any) -> None:
        """Python drops what is raised in a destructor: raise it again, elsewhere.

        Not from here: it would be raised in this function, and dropped as well.
        """
        if issubclass(what.exc_type, KeyboardInterrupt):
            self._raised_s = -math.inf
            threading.Timer(_ELSEWHERE_S, _thread.interrupt_main).start()
        else:
            sys.__unraisablehook__(what)
