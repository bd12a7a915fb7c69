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
        self.running = ''
        """The stage that runs now, '' for none; may be read in any thread."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside; the same name adds up, an exception is counted as well."""
        begin, outer, self.running = self._timer(), self.running, name
        try:
            yield
        finally:
            self.running = outer
            self._spent_ns[name] = self._spent_ns.get(name, 0) + self._timer() - begin

    def take(self) -> dict[str, int]:
        """Nanoseconds by stage since the last take()."""
        spent, self._spent_ns = self._spent_ns, {}
        return spent
