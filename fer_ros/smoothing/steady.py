"""What is said of each person, made steady: smoothed probabilities, and a label that stays.

All of it depends on capture times only, so a recording replays to the same result at any speed.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from fer_ros.config import setting
from fer_ros.protocols import Smoothing
from fer_ros.types import NS_PER_S, FloatArray, read_only


@dataclass(frozen=True)
class LabelConfig:
    """When the label of a person changes, and what is said beside it."""

    hysteresis: float = setting(
        0.1,
        'How much more probable than the current label another must be to replace it',
        ge=0.0,
        le=1.0,
        live=True,
    )
    dwell: float = setting(
        0.5, 'How long a label stays at least', unit='s', ge=0.0, le=30.0, live=True
    )
    forget_after: float = setting(
        3.0, 'Silence after which a person is smoothed anew', unit='s', ge=0.0, live=True
    )
    valence_arousal: bool = setting(
        True,
        'Whether valence and arousal are told: the mean of published coordinates of the emotions, '
        'weighted by their probabilities',
        live=True,
    )


class Steadied:
    """The smoothed probabilities and the steady label of one person."""

    def __init__(self, stamp_ns: int, probabilities: FloatArray, smoothing: Smoothing) -> None:
        self.stamp_ns = stamp_ns
        self.probabilities = read_only(probabilities.copy())
        """(C,) smoothed."""
        self.label = int(probabilities.argmax())
        """Position of the steady label in LABELS."""
        self._since_ns: int | None = None
        """When the label changed last; the first one is a guess, and free to change."""
        self._filter = smoothing.start(self.probabilities)

    def use(self, smoothing: Smoothing) -> None:
        """Go on from here with another smoothing."""
        self._filter = smoothing.start(self.probabilities)

    def update(self, stamp_ns: int, probabilities: FloatArray, config: LabelConfig) -> None:
        """Take in probabilities (C,); a stamp that is not after the last one changes nothing."""
        elapsed_s = (stamp_ns - self.stamp_ns) / NS_PER_S
        if elapsed_s <= 0:
            return
        self.stamp_ns = stamp_ns
        self.probabilities = read_only(self._filter.update(elapsed_s, probabilities).copy())
        best = int(self.probabilities.argmax())
        leads = self.probabilities[best] > self.probabilities[self.label] + config.hysteresis
        if leads and self._stayed(stamp_ns, config.dwell):
            self.label, self._since_ns = best, stamp_ns

    def _stayed(self, stamp_ns: int, dwell_s: float) -> bool:
        return self._since_ns is None or stamp_ns - self._since_ns >= dwell_s * NS_PER_S


class Steadiness:
    """What is said of everybody, each under a key; dropped when silent for long."""

    def __init__(self, smoothing: Smoothing, config: LabelConfig) -> None:
        self._smoothing = smoothing
        self.config = config
        self._known: dict[Hashable, Steadied] = {}
        self._dropped_ns: int | None = None
        """The newest moment for which the silent were dropped."""

    def apply(self, smoothing: Smoothing, config: LabelConfig) -> None:
        """Take over other settings; what was said so far is gone on from."""
        self.config = config
        if smoothing is not self._smoothing:
            self._smoothing = smoothing
            for steadied in self._known.values():
                steadied.use(smoothing)

    def update(self, key: Hashable, stamp_ns: int, probabilities: FloatArray) -> Steadied:
        """What is said under ``key`` after probabilities (C,) were seen at a capture time."""
        self._drop_silent(stamp_ns)
        if key in self._known:
            self._known[key].update(stamp_ns, probabilities, self.config)
        else:
            self._known[key] = Steadied(stamp_ns, probabilities, self._smoothing)
        return self._known[key]

    def forget(self, key: Hashable) -> None:
        """Begin anew under ``key``."""
        self._known.pop(key, None)

    def clear(self) -> None:
        """Forget everybody, as when time jumps back."""
        self._known.clear()
        self._dropped_ns = None

    def _drop_silent(self, stamp_ns: int) -> None:
        if self._dropped_ns is not None and stamp_ns <= self._dropped_ns:
            return
        self._dropped_ns = stamp_ns
        oldest_ns = stamp_ns - round(self.config.forget_after * NS_PER_S)
        for key, steadied in list(self._known.items()):
            if steadied.stamp_ns < oldest_ns:
                del self._known[key]
