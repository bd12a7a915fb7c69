"""Ctrl-C that ends a process quietly, also while Python imports.

A KeyboardInterrupt in the middle of an import is printed with its traceback, and some libraries
in C turn it into an ImportError of their own.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130  # 128 + SIGINT, as shells say it


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
    """Ctrl-C as KeyboardInterrupt, remembered in case that somebody swallows it."""

    def __init__(self) -> None:
        self.came = False

    def install(self) -> None:
        """From now on Ctrl-C is raised in the main thread."""
        signal.signal(signal.SIGINT, self._raise)
        sys.unraisablehook = self._unraisable

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def _unraisable(self, what: Any) -> None:
        """Python drops what is raised in a destructor: raise it again, elsewhere."""
        if issubclass(what.exc_type, KeyboardInterrupt):
            _thread.interrupt_main()
        else:
            sys.__unraisablehook__(what)
