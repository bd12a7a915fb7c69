"""Measures what the stamps of a stream are worth: offset, jitter and drift.

Nothing is corrected by it; it is shown to whoever sets up a robot.  A busy machine delays some
messages by much but none is ever early, so drift is taken from the earliest ones (as by Mills in
NTP's clock filter), and everything else from medians.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fer_ros.timeline import DRIFT, EXACT_S
from fer_ros.types import NS_PER_S

BUCKET_S = 1.0
"""What is measured in this time gives one point of a trend."""
MEMORY = 300
"""How many points are kept."""
RECENT = 10
"""From as many stretches of BUCKET_S level and width are taken."""
LAG = 30
"""Over how many of them each slope is taken; less than twice as many tell none."""
SET_S = 10.0
"""A message cannot be later than that: a clock was set."""
LOST_S = 1.0
"""Where more sound is lost at once, its samples are counted anew."""
_JITTER_KEPT = 0.999
"""What remains of a jitter that was seen, with each chunk that follows."""


@dataclass(frozen=True)
class ClockReport:
    """What is known of a stream's clock; None for what cannot be told yet."""

    offset_s: float | None
    """Time from capture, by the stamp, to arrival, median; of sound from its last sample."""
    jitter_s: float | None
    """Width of the middle 90 % of that."""
    drift_ppm: float | None
    """How much slower than the clock of arrival the stamps' clock runs."""
    sample_jitter_s: float | None
    """Width of the middle 90 % of the stamps of sound against the count of its samples, within
    a second."""
    sample_drift_ppm: float | None
    """How much slower than the stamps' clock the sound card's clock runs."""


class StreamClock:
    """Watches the stamps of one stream.  To be used from one thread."""

    def __init__(self) -> None:
        self._arrival = _Trend()
        self._samples = _SampleClock()

    def add(self, stamp_ns: int, arrival_ns: int, length_ns: int = 0) -> None:
        """Take note of a message: its stamp, when it arrived, and the length of its sound."""
        self._arrival.add(arrival_ns, arrival_ns - stamp_ns - length_ns)
        if length_ns:
            self._samples.add(stamp_ns, length_ns)

    def report(self) -> ClockReport:
        """What the last seconds and minutes tell."""
        return ClockReport(
            offset_s=self._arrival.level_s(),
            jitter_s=self._arrival.width_s(),
            drift_ppm=self._arrival.slope_ppm(),
            sample_jitter_s=self._samples.trend.ripple_s(),
            sample_drift_ppm=self._samples.trend.slope_ppm(),
        )


class _SampleClock:
    """The stamps of sound against the count of its samples.

    Tells a stamp that is late from a chunk that was lost as fer_ros.timeline does, but once and
    for all, which is enough here: a wrong step makes a few of many slopes wrong.
    """

    def __init__(self) -> None:
        self.trend = _Trend()
        self._end_ns = self._stamp_ns = 0
        """Where the next chunk would begin by the count of samples, and the last stamp."""
        self._lag_ns = self._highest_ns = self._jitter_ns = 0.0

    def add(self, stamp_ns: int, length_ns: int) -> None:
        passed_ns = stamp_ns - self._stamp_ns
        lag_ns = float(stamp_ns - self._end_ns)
        if abs(lag_ns) > LOST_S * NS_PER_S:
            self._end_ns, lag_ns = stamp_ns, 0.0
            self._highest_ns = self._jitter_ns = 0.0
            self.trend = _Trend()
        elif passed_ns <= 0:  # doubled, or late and counted as lost
            return
        else:
            rise_ns = lag_ns - self._lag_ns
            if rise_ns > max(2 * self._jitter_ns, EXACT_S * NS_PER_S):
                lost_ns = round(rise_ns / length_ns) * length_ns
                self._end_ns += lost_ns
                lag_ns -= lost_ns
            self._highest_ns = max(self._highest_ns - DRIFT * passed_ns, lag_ns)
            back_ns = self._highest_ns - lag_ns
            self._jitter_ns = max(self._jitter_ns * _JITTER_KEPT, back_ns)
        self.trend.add(stamp_ns, round(lag_ns))
        self._stamp_ns, self._lag_ns = stamp_ns, lag_ns
        self._end_ns += length_ns


class _Trend:
    """Level, width and slope of a value over time."""

    def __init__(self) -> None:
        self._begin(0)

    def _begin(self, time_ns: int) -> None:
        self._start_ns = self._origin_ns = time_ns
        self._values: list[int] = []
        """What was measured since the start, in nanoseconds."""
        self._recent: deque[list[int]] = deque(maxlen=RECENT)
        """The same of the stretches before."""
        self._lowest: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        """Time, and the 5th percentile then, in seconds."""

    def add(self, time_ns: int, value_ns: int) -> None:
        passed_s = (time_ns - self._start_ns) / NS_PER_S
        was_set = self._values and abs(value_ns - self._values[-1]) > SET_S * NS_PER_S
        if passed_s < 0 or passed_s > MEMORY or was_set:
            self._begin(time_ns)
        elif passed_s >= BUCKET_S and self._values:
            self._close()
            self._start_ns = time_ns
        self._values.append(value_ns)

    def level_s(self) -> float | None:
        """The median of the last seconds."""
        return self._percentile(50)

    def width_s(self) -> float | None:
        """The width of the middle 90 % of the last seconds."""
        low, high = self._percentile(5), self._percentile(95)
        return None if low is None or high is None else high - low

    def ripple_s(self) -> float | None:
        """The same within a second, where drift does not count; the median of the last ones."""
        if not self._recent:
            return None
        widths = [np.ptp(np.percentile(values, (5, 95))) for values in self._recent]
        return float(np.median(widths)) / NS_PER_S

    def slope_ppm(self) -> float | None:
        """The median of the slopes over LAG seconds (after Theil and Sen).

        Taken over less than the whole memory, so that a step spoils only the few that cross it.
        """
        if len(self._lowest) < 2 * LAG:
            return None
        times, lows = np.array(self._lowest).T
        slopes = (lows[LAG:] - lows[:-LAG]) / (times[LAG:] - times[:-LAG])
        return float(np.median(slopes)) * 1e6

    def _close(self) -> None:
        time_s = (self._start_ns - self._origin_ns) / NS_PER_S
        low_s = float(np.percentile(self._values, 5)) / NS_PER_S
        self._lowest.append((time_s, low_s))
        self._recent.append(self._values)
        self._values = []

    def _percentile(self, percent: float) -> float | None:
        if not self._recent:
            return None
        return float(np.percentile(list(chain(*self._recent)), percent)) / NS_PER_S
