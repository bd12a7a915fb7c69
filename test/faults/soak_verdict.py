"""What a soak is worth: memory, latency, threads and files over time, and what was lost.

A soak alternates between quiet stretches of good input, which are measured, and faults.  Judged
is what comes after each fault was done once, as some of them fill caches for good.  The trend of
latency is the line through the medians of the first and the last third (Tukey's resistant line),
which single peaks of a busy machine do not move; that of memory the line through the least of
either half, as some faults take memory that is given back when the node is deactivated, another.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

WARM_UP = 0.25
"""At least this share of a soak is not judged."""


@dataclass(frozen=True)
class Stretch:
    """What was measured of one quiet stretch, and the fault that came before it."""

    at_s: float
    """Its end."""
    memory_mb: float
    """Of the process alone."""
    shared_mb: float
    """What it has touched of the shared memory that senders of DDS have set aside."""
    threads: int
    files: int
    latency_p50_ms: float
    """From the stamp of a picture to its first appearance on emotion."""
    latency_p95_ms: float
    pictures_sent: int
    faces: int
    """Messages on emotion/face."""
    sound_sent: int
    sound_received: int
    """As the node counts it."""
    beats: int
    """Messages on emotion."""
    length_s: float
    longest_silence_ms: float
    """On emotion."""
    load: float
    """Of the machine, over the last minute."""
    fault: str
    failed: str
    """What was not as expected after the fault."""


@dataclass(frozen=True)
class Limits:
    """What is allowed."""

    memory: float
    """Growth over the judged part, as a share of the least memory in its first half."""
    latency_ms: float
    """Growth of the median latency over the judged part."""
    extra: int = 1
    """Threads and open files more than at the beginning."""
    beats: float = 0.95
    """Share of the heartbeat that must arrive."""
    blind: int = 0
    """Stretches in which no face was read."""


@dataclass(frozen=True)
class Check:
    """One thing that was judged."""

    name: str
    allowed: str
    seen: str
    is_ok: bool


def judged(stretches: Sequence[Stretch]) -> Sequence[Stretch]:
    """The stretches after the first round of the faults, or after the first quarter."""
    start_s = WARM_UP * stretches[-1].at_s
    seen: set[str] = set()
    for stretch in stretches:
        if stretch.fault and stretch.fault in seen:
            start_s = max(start_s, stretch.at_s)
            break
        seen.add(stretch.fault)
    return [stretch for stretch in stretches if stretch.at_s >= start_s]


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def growth(
    stretches: Sequence[Stretch],
    value: Callable[[Stretch], float],
    parts: int = 3,
    typical: Callable[[Sequence[float]], float] = _median,
) -> float:
    """By how much a value grew from the first to the last stretch.

    By the line through what is typical of the first and of the last of so many parts.
    """
    size = max(1, len(stretches) // parts)
    first, last = stretches[:size], stretches[-size:]
    rise = typical([value(s) for s in last]) - typical([value(s) for s in first])
    run = _median([s.at_s for s in last]) - _median([s.at_s for s in first])
    return rise / run * (stretches[-1].at_s - stretches[0].at_s) if run else 0.0


def verdict(stretches: Sequence[Stretch], limits: Limits, rate_hz: float) -> list[Check]:
    """All checks of a soak; ``rate_hz`` is that of the heartbeat."""
    seen = judged(stretches)
    floor_mb = min(s.memory_mb for s in seen[: len(seen) // 2 + 1])
    peak_mb = max(s.memory_mb for s in seen)
    memory = growth(seen, lambda s: s.memory_mb, parts=2, typical=min)
    shared = [s.shared_mb for s in seen]
    latency = growth(seen, lambda s: s.latency_p50_ms)
    threads = max(s.threads for s in seen) - seen[0].threads
    files = max(s.files for s in seen) - seen[0].files
    expected = rate_hz * sum(s.length_s for s in seen)
    beats = sum(s.beats for s in seen) / expected
    lost = sum(s.sound_sent - s.sound_received for s in seen)
    sent = sum(s.sound_sent for s in seen)
    blind = sum(1 for s in seen if not s.faces)
    failed = [s for s in stretches if s.failed]
    minutes = (seen[-1].at_s - seen[0].at_s) / 60
    return [
        Check(
            'memory',
            f'grows by at most {limits.memory:.0%}',
            f'{floor_mb:.0f} to {peak_mb:.0f} MB, {memory:+.1f} MB ({memory / floor_mb:+.1%}) '
            f'in {minutes:.0f} min; shared with senders {min(shared):.0f} to {max(shared):.0f} MB',
            memory <= limits.memory * floor_mb,
        ),
        Check(
            'latency of emotion',
            f'median grows by at most {limits.latency_ms:g} ms',
            f'median {_median([s.latency_p50_ms for s in seen]):.0f} ms, '
            f'p95 {_median([s.latency_p95_ms for s in seen]):.0f} ms, '
            f'{latency:+.1f} ms (load of the machine {seen[0].load:.1f} to {seen[-1].load:.1f})',
            latency <= limits.latency_ms,
        ),
        Check('threads', f'at most {limits.extra} more', f'{threads:+d}', threads <= limits.extra),
        Check('open files', f'at most {limits.extra} more', f'{files:+d}', files <= limits.extra),
        Check(
            'heartbeat',
            f'{limits.beats:.0%} of {rate_hz:g} Hz',
            f'{beats:.1%}, longest silence {max(s.longest_silence_ms for s in seen):.0f} ms',
            beats >= limits.beats,
        ),
        Check('sound', 'nothing lost', f'{lost} of {sent} chunks lost', lost == 0),
        Check(
            'faces',
            f'in all stretches but {limits.blind}' if limits.blind else 'in every stretch',
            f'{sum(s.faces for s in seen)} read in {sum(s.pictures_sent for s in seen)} pictures, '
            f'{blind} stretches without',
            blind <= limits.blind,
        ),
        Check(
            'faults',
            'each as expected',
            f'{sum(bool(s.fault) for s in stretches)} injected of '
            f'{len({s.fault for s in stretches if s.fault})} kinds, {len(failed)} not as expected'
            + ''.join(f'; {s.fault}: {s.failed}' for s in failed[:3]),
            not failed,
        ),
    ]


def markdown(checks: Sequence[Check]) -> str:
    """The checks as a table."""
    lines = ['| what | allowed | seen | ok |', '|---|---|---|---|']
    lines += [
        f'| {c.name} | {c.allowed} | {c.seen} | {"yes" if c.is_ok else "**NO**"} |' for c in checks
    ]
    return '\n'.join(lines) + '\n'


def conclusion(checks: Sequence[Check], stretches: Sequence[Stretch]) -> str:
    """In one line, whether it is passed."""
    failed = [check.name for check in checks if not check.is_ok]
    lasted = f'{stretches[-1].at_s / 60:.0f} minutes'
    if failed:
        return f'FAILED after {lasted}: {", ".join(failed)}'
    return f'passed: all {len(checks)} checks of {lasted}'


def write_csv(path: Path, stretches: Sequence[Stretch]) -> None:
    """All stretches, a row each."""
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Stretch)])
        writer.writeheader()
        writer.writerows(asdict(stretch) for stretch in stretches)
