"""What the package promises of its speed, held against what was measured.

They are promised for two cores, one face, 640x480 and 30 frames/s where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_ros.benchmarks.tables import Table

Found = Mapping[str, Any]
"""The JSON of each benchmark by its name in suite.SUITE."""
_VOICE = ('vad', 'voice_features', 'voice_net')


@dataclass(frozen=True)
class Target:
    """One promise."""

    name: str
    limit: float
    unit: str
    value: Callable[[Found], float]
    """May raise KeyError, IndexError or StopIteration where that was not measured."""
    at_least: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a promise."""

    name: str
    limit: float
    unit: str
    at_least: bool
    value: float | None
    """None where it was not measured."""

    @property
    def met(self) -> bool | None:
        """Whether it holds; None where it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def _frame(found: Found) -> Any:
    return found['pipeline']['cases'][0]['frame']


def _voice_hop(found: Found) -> float:
    stages = found['pipeline']['cases'][0]['stages']
    return float(sum(stages[name]['time']['p50_ms'] for name in _VOICE if name in stages))


def _faces(found: Found) -> float:
    times = {case['case']['faces']: case['frame']['p50_ms'] for case in found['faces']['cases']}
    return float(times[16] / times[1])


def _node(found: Found) -> Any:
    return found['node']['results'][0]


def _peer(name: str) -> Callable[[Found], float]:
    def ratio(found: Found) -> float:
        peers = found['peers']['cases'][0]['peers']
        return float(next(peer['ratio_p50'] for peer in peers if peer['name'] == name))

    return ratio


TARGETS = (
    Target('pipeline, median of a frame', 12.0, 'ms', lambda found: _frame(found)['p50_ms']),
    Target('pipeline, 95 % of the frames', 20.0, 'ms', lambda found: _frame(found)['p95_ms']),
    Target('voice hop, median', 5.0, 'ms', _voice_hop),
    Target('16 faces over one face, medians', 3.0, 'times', _faces),
    Target(
        'capture to emotion, 95 % of the messages',
        50.0,
        'ms',
        lambda found: _node(found)['latency']['emotion']['p95_ms'],
    ),
    Target(
        'cores that the node keeps busy', 1.0, 'cores', lambda found: _node(found)['cpu_share']
    ),
    Target('configure the node', 3.0, 's', lambda found: _node(found)['start']['configure_s']),
    Target(
        'memory of the node, most', 600.0, 'MB', lambda found: _node(found)['usage']['peak_rss_mb']
    ),
    Target('fer (Haar) over the pipeline, medians', 8.0, 'times', _peer('fer'), at_least=True),
    Target(
        'fer (MTCNN) over the pipeline, medians', 100.0, 'times', _peer('fer-mtcnn'), at_least=True
    ),
)


def outcomes(found: Found) -> list[Outcome]:
    """Every promise, measured or not."""
    return [
        Outcome(target.name, target.limit, target.unit, target.at_least, _value(target, found))
        for target in TARGETS
    ]


def _value(target: Target, found: Found) -> float | None:
    try:
        return target.value(found)
    except (KeyError, IndexError, StopIteration):
        return None


def target_table(found: Found, table: Table) -> str:
    """One line for each promise."""
    said = {True: 'yes', False: 'no', None: ''}
    rows = [
        [
            outcome.name,
            f'{"at least" if outcome.at_least else "at most"} {outcome.limit:g} {outcome.unit}',
            'not measured' if outcome.value is None else f'{outcome.value:.3g}',
            said[outcome.met],
        ]
        for outcome in outcomes(found)
    ]
    return table(('', 'target', 'measured', 'met'), rows)
