"""How long each stage of the pipeline took, for diagnostics and benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stages:
    """Adds up the time spent in named stages until take() is called."""

    def __init__(self, timer: Callable[[], int] = time.perf_counter_ns) -> None:
        """``timer`` returns nanoseconds and is used for durations only."""
        self._timer = timer
        self._spent_ns: dict[str, int] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside; the same name adds up, an exception is counted as well."""
        begin = self._timer()
        try:
            yield
        finally:
            self._spent_ns[name] = self._spent_ns.get(name, 0) + self._timer() - begin

    def take(self) -> dict[str, int]:
        """Nanoseconds by stage since the last take()."""
        spent, self._spent_ns = self._spent_ns, {}
        return spent
