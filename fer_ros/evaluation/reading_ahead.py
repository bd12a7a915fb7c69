"""Decodes the next samples in a thread of its own while the pipeline works on this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

_Item = TypeVar('_Item')

DEPTH = 8
"""Samples held at most."""
_LOOK_S = 0.1
"""How often a thread that waits looks whether it shall end."""


@dataclass(frozen=True)
class _Ended:
    """The end of the items, or why there are no more."""

    error: Exception | None


def ahead(items: Iterable[_Item], depth: int = DEPTH) -> Generator[_Item, None, None]:
    """The same items, read by another thread; what reading raises is raised here, in its turn."""
    waiting: queue.Queue[_Item | _Ended] = queue.Queue(depth)
    stopping = threading.Event()

    def put(item: _Item | _Ended) -> bool:
        while not stopping.is_set():
            try:
                waiting.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except Exception as error:  # whatever it is, it is raised again by who reads
            put(_Ended(error))
        else:
            put(_Ended(None))

    thread = threading.Thread(target=read, name='reading', daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _Ended):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopping.set()
        thread.join()
