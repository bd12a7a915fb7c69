"""What a process has used, as Linux tells it in /proc; nothing where there is no /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path('/proc')


@dataclass(frozen=True)
class Usage:
    """What a process has used until now."""

    cpu_s: float
    """Seconds of processor, all its threads together."""
    rss_mb: float
    """Memory that it holds, in 10^6 bytes."""
    peak_rss_mb: float
    """The most that it ever held."""
    threads: int


def usage(pid: int | None = None, proc: Path = _PROC) -> Usage:
    """Of a process, of this one by default.  Raises OSError where it has ended."""
    folder = proc / str(pid or os.getpid())
    status = read_status(folder)
    # what is in front, the name of the program, may contain anything
    fields = (folder / 'stat').read_text().rpartition(')')[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Usage(
        ticks / os.sysconf('SC_CLK_TCK'),
        megabytes(status['VmRSS']),
        megabytes(status['VmHWM']),
        int(status['Threads']),
    )


def shared_memory_mb(pid: int, proc: Path = _PROC) -> float:
    """Memory that a process holds, in 10^6 bytes, of what n processes share an n-th.

    So that of several processes adds up.  Raises OSError where it has ended.
    """
    lines = (proc / str(pid) / 'smaps_rollup').read_text().splitlines()
    return next(megabytes(line[len('Pss:') :]) for line in lines if line.startswith('Pss:'))


def read_status(folder: Path) -> dict[str, str]:
    """What the status of a process says, by the folder of the process in /proc."""
    lines = (folder / 'status').read_text().splitlines()
    return dict(line.split(':', 1) for line in lines if ':' in line)


def megabytes(value: str) -> float:
    """10^6 bytes, of a value in kB, by which the kernel means 1024 bytes."""
    return int(value.split()[0]) * 1024 / 1e6
