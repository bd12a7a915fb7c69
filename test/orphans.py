"""Nothing that a test starts outlives the tests, however they end.

Fixtures end what they started, but not where pytest is killed: this small process notices, as its
input ends then, and kills the groups of processes that are still there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable


class Guard:
    """A process that kills groups of processes once this one is gone."""

    def __init__(self) -> None:
        # a session of its own, which Ctrl-C in a terminal does not reach
        self._process = subprocess.Popen(
            [sys.executable, '-S', __file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """From now on it is killed with us."""
        self._tell(f'+{group}')

    def forget(self, group: int) -> None:
        """It has ended; its number may come to be that of another."""
        self._tell(f'-{group}')

    def close(self) -> None:
        """Kill what it still watches."""
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        self._process.stdin.write(f'{line}\n')


def watch(lines: Iterable[str]) -> None:
    """What the guard does: ``+12`` and ``-12`` begin and end the watch over a group."""
    groups = set()
    for line in lines:
        (groups.add if line[0] == '+' else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == '__main__':
    watch(sys.stdin)
