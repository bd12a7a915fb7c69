"""The perception node from outside: how long after its capture a picture's emotion is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_ros.benchmarks.machine import Machine
from fer_ros.benchmarks.processes import Usage
from fer_ros.benchmarks.spread import Spread, spread
from fer_ros.benchmarks.stream import Case
from fer_ros.benchmarks.tables import Table


@dataclass(frozen=True)
class Start:
    """How long the node took to be ready, in seconds."""

    process_s: float
    """From the start of the process until its services are there."""
    configure_s: float
    activate_s: float


@dataclass(frozen=True)
class NodeResult:
    """One stream."""

    case: Case
    dds: str
    """'pictures' where they were sent with room for them, 'default' where nothing was set."""
    start: Start
    latency: dict[str, Spread]
    """By topic: from the stamp of the newest evidence to the first message that has it."""
    sent: int
    """Pictures."""
    answered: int
    """Pictures of which the expression of a face came."""
    cpu_share: float
    """Of the node: 1 is one core."""
    usage: Usage
    """Of the node, at the end."""
    player_cpu_share: float
    """Of the process that plays camera and microphone."""
    player_late: Spread
    """How late that process was, because the machine was busy."""

    @property
    def name(self) -> str:
        """Of the stream, for people."""
        return self.case.name if self.dds == 'pictures' else f'{self.case.name}, {self.dds} DDS'

    @property
    def dropped(self) -> float:
        """Share of the pictures that were not answered: a newer one was there before."""
        return 1.0 - self.answered / self.sent


@dataclass(frozen=True)
class NodeRun:
    """All that was measured in one go."""

    machine: Machine
    results: list[NodeResult]


def latencies_ns(arrivals: Iterable[tuple[int, int]], since_ns: int) -> list[int]:
    """How long after its stamp the first message of each stamp came.

    ``arrivals`` are pairs of stamp and time of arrival, in order of arrival; stamps before
    ``since_ns`` are left out.
    """
    seen: set[int] = set()
    found = []
    for stamp_ns, arrived_ns in arrivals:
        if stamp_ns >= since_ns and stamp_ns not in seen:
            seen.add(stamp_ns)
            found.append(arrived_ns - stamp_ns)
    return found


def summed_up_latency(
    arrivals: dict[str, list[tuple[int, int]]], since_ns: int
) -> dict[str, Spread]:
    """By topic, of those that brought anything."""
    found = {topic: latencies_ns(pairs, since_ns) for topic, pairs in arrivals.items()}
    return {topic: spread(times) for topic, times in found.items() if times}


def report(run: NodeRun, table: Table) -> str:
    """All of it, in paragraphs."""
    return '\n\n'.join(
        [run.machine.summary, latency_table(run.results, table), node_table(run.results, table)]
    )


def latency_table(results: Sequence[NodeResult], table: Table) -> str:
    """Latency on each topic."""
    rows = [
        [
            f'{result.name}: {topic}',
            str(time.runs),
            *(f'{value:.1f}' for value in (time.p50_ms, time.p95_ms, time.p99_ms, time.max_ms)),
        ]
        for result in results
        for topic, time in result.latency.items()
    ]
    return table(('capture to', 'messages', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'), rows)


def node_table(results: Sequence[NodeResult], table: Table) -> str:
    """What the node took for it."""
    rows = [
        [
            result.name,
            str(result.sent),
            f'{result.dropped:.1%}',
            f'{result.cpu_share:.0%}',
            f'{result.usage.rss_mb:.0f} MB',
            f'{result.usage.peak_rss_mb:.0f} MB',
            str(result.usage.threads),
            f'{result.start.process_s:.1f} s',
            f'{result.start.configure_s:.1f} s',
            f'{result.start.activate_s:.2f} s',
        ]
        for result in results
    ]
    head = ('stream', 'sent', 'dropped', 'CPU', 'RSS', 'peak', 'threads')
    return table((*head, 'process', 'configure', 'activate'), rows)
