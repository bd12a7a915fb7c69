"""Counts, rates and percentiles over the last seconds, for diagnostics."""

from __future__ import annotations

import threading
from collections import Counter, deque

import numpy as np


class Recent:
    """Collects events and values between two reports.  Safe to use from several threads."""

    def __init__(self, now_s: float) -> None:
        self._lock = threading.Lock()
        self._since_s = now_s
        self._counts: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._values: dict[str, deque[float]] = {}

    def count(self, name: str) -> None:
        """One more event of a kind."""
        with self._lock:
            self._counts[name] += 1
            self._totals[name] += 1

    def add(self, name: str, value: float) -> None:
        """One more measured value of a kind; the last 1000 are kept."""
        with self._lock:
            self._values.setdefault(name, deque(maxlen=1000)).append(value)

    def report(self, now_s: float) -> Report:
        """What came since the last report."""
        with self._lock:
            seconds = max(now_s - self._since_s, 1e-9)
            counts, self._counts, self._since_s = self._counts, Counter(), now_s
            values, self._values = self._values, {}
            return Report(seconds, counts, Counter(self._totals), values)


class Report:
    """What came in a stretch of time."""

    def __init__(
        self,
        seconds: float,
        counts: Counter[str],
        totals: Counter[str],
        values: dict[str, deque[float]],
    ) -> None:
        self._seconds = seconds
        self._counts = counts
        self._values = values
        self.totals = totals
        """Events by kind since the beginning."""

    def rate(self, name: str) -> float:
        """Events of a kind per second."""
        return self._counts[name] / self._seconds

    def names(self, prefix: str) -> list[str]:
        """The kinds of values that begin with ``prefix``."""
        return sorted(name for name in self._values if name.startswith(prefix))

    def percentile(self, name: str, percent: float) -> float | None:
        """A percentile of the values of a kind, None where there were none."""
        values = self._values.get(name)
        return float(np.percentile(values, percent)) if values else None
