"""When the next message of a heartbeat goes out: at a mean rate, and fresh where that is possible.

A message that waits for the beat of a clock is as old as half a beat, in the mean.  So every
message has a slot of one period, and goes out with the first result in it; only where a slot
passes without a result does the heartbeat repeat what is known.
"""

from __future__ import annotations

import threading


class Pace:
    """Slots of one period each.  Safe to use from several threads."""

    def __init__(self, period_s: float, now_s: float) -> None:
        self._half_s = period_s / 2.0
        self._lock = threading.Lock()
        self._due_s = now_s
        """The middle of the slot that is not taken yet."""

    def take(self, now_s: float) -> bool:
        """Whether a fresh result is the first of its slot; then the slot is taken."""
        return self._take(now_s, -self._half_s)

    def take_late(self, now_s: float) -> bool:
        """Whether a slot passed without a result; then it is taken."""
        return self._take(now_s, self._half_s)

    def wait_s(self, now_s: float) -> float:
        """How long until the slot is over."""
        return max(0.0, self._due_s + self._half_s - now_s)

    def _take(self, now_s: float, shift_s: float) -> bool:
        with self._lock:
            if now_s < self._due_s + shift_s:
                return False
            # who was held up does not make up for the slots that passed meanwhile
            self._due_s = max(self._due_s + 2 * self._half_s, now_s + self._half_s)
            return True
