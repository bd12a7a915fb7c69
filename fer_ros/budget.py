"""Decides how much is left out where the machine cannot keep up, and when there is room again.

The load is the share of the worker's time that reading enough pictures takes: as many as come, but
no more than are of use.  So a camera of 200 Hz is no overload as long as enough of its pictures
are read.  What follows a step back is not known before it was tried; a try that fails makes the
next one wait longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros.config import setting

_ROOM = 0.5
"""Share of the allowed load below which a step back is worth a try."""
_LONGEST = 16
"""How many times longer than ``recover_after`` the wait may become."""


@dataclass(frozen=True)
class BudgetConfig:
    """Settings of the budget of time."""

    enabled: bool = setting(
        True,
        'Whether less is read where the machine cannot keep up: faces are looked for less often, '
        'then the voice is read less often, then faces are looked for in a smaller picture',
        live=True,
    )
    max_load: float = setting(
        0.8, 'Share of the time that the work may take', ge=0.1, le=1.0, live=True
    )
    frame_rate: float = setting(
        15.0,
        'Pictures that must be read, of a camera that sends more',
        unit='Hz',
        ge=1.0,
        le=240.0,
        live=True,
    )
    step_after: float = setting(
        2.0,
        'How long the load is too high before less is read',
        unit='s',
        ge=0.1,
        le=60.0,
        live=True,
    )
    recover_after: float = setting(
        10.0,
        'How long there is room before more is read; longer each time after which it was too much',
        unit='s',
        ge=0.1,
        le=600.0,
        live=True,
    )


@dataclass(frozen=True)
class BudgetState:
    """How much is left out now."""

    level: int
    """0 for nothing."""
    since_s: float
    """When the level became this, by the clock of the budget."""
    why: str
    """What made it so."""


class Budget:
    """Follows the load of a worker.  To be used from the worker's thread."""

    def __init__(self, config: BudgetConfig, highest: int) -> None:
        """``highest`` is the last of the levels."""
        self.config = config
        self._highest = highest
        self.state = BudgetState(0, 0.0, '')
        """Replaced as a whole, so that other threads may read it."""
        self.load: float | None = None
        """Share of the time that the work took in the last stretch, None before the first."""
        self._begin_s: float | None = None
        self._busy_s = 0.0
        self._read = self._arrived = 0
        self._room_s = 0.0
        self._patience = 1
        """By how much the wait for a step back is longer than the settings say."""
        self._recovered_s: float | None = None

    def worked(self, begin_s: float, end_s: float, read: int, arrived: int) -> int:
        """Take note of a stretch of work, also of none; the level from now on.

        ``read`` pictures were read in it, and ``arrived`` came since the last one.  The very first
        work, for which libraries get ready, does not count.
        """
        if self._begin_s is None:
            self._begin_s = end_s
            return self.state.level
        self._busy_s += end_s - begin_s
        self._read += read
        self._arrived += arrived
        if end_s - self._begin_s >= self.config.step_after:
            self._decide(end_s, end_s - self._begin_s)
            self._begin_s, self._busy_s, self._read, self._arrived = end_s, 0.0, 0, 0
        return self.state.level

    def _decide(self, now_s: float, elapsed_s: float) -> None:
        self.load = load = self._measured(elapsed_s)
        level, most = self.state.level, self.config.max_load
        if not self.config.enabled:
            self._set(0, now_s, 'budget.enabled is false')
        elif load > most:
            self._room_s = 0.0
            if level < self._highest:
                self._note_failed_try(now_s)
                self._set(level + 1, now_s, f'a load of {load:.0%}, more than {most:.0%}')
        elif load > most * _ROOM:
            self._room_s = 0.0
        else:
            self._room_s += elapsed_s
            if level and self._room_s >= self._patience * self.config.recover_after:
                self._room_s, self._recovered_s = 0.0, now_s
                self._set(level - 1, now_s, f'a load of {load:.0%} leaves room')

    def _measured(self, elapsed_s: float) -> float:
        if not self._read:
            return self._busy_s / elapsed_s
        wanted = min(self._arrived, self.config.frame_rate * elapsed_s)
        return self._busy_s / elapsed_s * wanted / self._read

    def _note_failed_try(self, now_s: float) -> None:
        """Wait twice as long if the last step back did not last as long as the wait for it."""
        recovered_s, self._recovered_s = self._recovered_s, None
        wait_s = self._patience * self.config.recover_after
        if recovered_s is not None and now_s - recovered_s < wait_s:
            self._patience = min(2 * self._patience, _LONGEST)
        else:
            self._patience = 1

    def _set(self, level: int, now_s: float, why: str) -> None:
        if level != self.state.level:
            self.state = BudgetState(level, now_s, why)
