"""The state of perception as /diagnostics shows it, once a second."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from fer_ros.clock_watch import ClockReport
from fer_ros.live import Load
from fer_ros.ros.subscriptions import Source
from fer_ros.statistics import Report
from fer_ros.watchdog import WorkerStatus

STAGES = ('face', 'voice', 'fusion', 'smoothing')
"""What may fail on its own within the pipeline."""
APART_S = 1.0
"""How far apart stamps are of sound and pictures that two clocks must have given."""
_Verdict = tuple[bytes, str]
"""A level and a message."""


class Health:
    """Turns a report into diagnostic statuses: image, audio, pipeline, budget and worker."""

    def __init__(self, name: str, unused: Mapping[str, str] | None = None) -> None:
        """``name`` of the node; ``unused``: why 'image' or 'audio' is not listened to."""
        self._name = name
        self._unused = unused or {}
        self.last_errors: dict[str, str] = {}
        """The last thing that went wrong with 'image', 'audio', 'pipeline' and 'watchdog'."""
        self._seen: dict[str, int] = {}

    def statuses(
        self,
        report: Report,
        clocks: Mapping[str, ClockReport],
        sources: Mapping[str, Source],
        worker: WorkerStatus,
    ) -> list[DiagnosticStatus]:
        """All statuses for what came since the last report.

        ``clocks`` has what was measured of the stamps of 'image' and 'audio', ``sources`` where
        they should come from: nothing for one that cannot be read here.
        """
        return [
            self._status(
                'image',
                report,
                sources.get('image'),
                {
                    'rate [Hz]': _number(report.rate('image')),
                    'received': str(report.totals['image']),
                    'dropped for a newer one': str(report.totals['image dropped']),
                    **_clock_values(clocks['image']),
                },
            ),
            self._status(
                'audio',
                report,
                sources.get('audio'),
                {
                    'chunk rate [Hz]': _number(report.rate('audio')),
                    'received': str(report.totals['audio']),
                    'coverage of the window p50': _number(report.percentile('coverage', 50)),
                    'newest sound minus image p50 [s]': _number(report.percentile('offset', 50)),
                    'av offset [s]': _number(report.percentile('av offset', 50)),
                    'av offset confidence': _number(report.percentile('av offset confidence', 50)),
                    **_clock_values(clocks['audio']),
                    **_sample_values(clocks['audio']),
                },
                why_no_sound_counts(report),
            ),
            self._status('pipeline', report, None, _pipeline_values(report) | dict(worker.facts)),
            self._named('budget', _budget_verdict(worker.load), _budget_values(worker.load)),
            self._worker_status(report, worker),
        ]

    def _worker_status(self, report: Report, worker: WorkerStatus) -> DiagnosticStatus:
        values = {
            'replaced': str(worker.hangs),
            'last one hung in stage': worker.hung_in,
            'last error': self.last_errors.get('watchdog', ''),
        }
        new_failures = self._new_failures('watchdog', report)
        if worker.stuck:
            verdict = DiagnosticStatus.ERROR, f'too many hang: {values["last error"]}'
        elif worker.load is None or new_failures:
            verdict = DiagnosticStatus.WARN, f'is replaced: {values["last error"]}'
        else:
            verdict = DiagnosticStatus.OK, 'ok'
        return self._named('worker', verdict, values)

    def _new_failures(self, part: str, report: Report) -> int:
        failures = report.totals[f'{part} error']
        new_failures = failures - self._seen.get(part, 0)
        self._seen[part] = failures
        return new_failures

    def _status(
        self,
        part: str,
        report: Report,
        source: Source | None,
        values: dict[str, str],
        complaint: str = '',
    ) -> DiagnosticStatus:
        if part in self._unused:
            text = f'not listened to: {self._unused[part]}'
            return self._named(part, (DiagnosticStatus.OK, text), {})
        new_failures = self._new_failures(part, report)
        values['errors'] = str(report.totals[f'{part} error'])
        values['last error'] = self.last_errors.get(part, '')
        if new_failures:
            text = f'{new_failures} failed: {values["last error"]}'
            return self._named(part, (DiagnosticStatus.WARN, text), values)
        if report.rate(part) == 0:
            text = why_nothing_arrives(source)
            return self._named(part, (DiagnosticStatus.WARN, text), values)
        if complaint:
            return self._named(part, (DiagnosticStatus.WARN, complaint), values)
        return self._named(part, (DiagnosticStatus.OK, 'ok'), values)

    def _named(self, part: str, verdict: _Verdict, values: Mapping[str, str]) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=verdict[0],
            name=f'{self._name}: {part}',
            message=verdict[1],
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )


def diagnostic_array(stamp: object, statuses: list[DiagnosticStatus]) -> DiagnosticArray:
    """The message with the time it speaks of."""
    array = DiagnosticArray(status=statuses)
    array.header.stamp = stamp
    return array


def why_nothing_arrives(source: Source | None) -> str:
    """What can be told without having received anything."""
    if source is None:
        return 'nothing arrives'
    if not source.publishers:
        return f'nothing arrives: nobody publishes {source.topic}'
    return (
        f'nothing arrives of {source.topic}, publishers: {source.publishers} (of another type, '
        'silent, or without room in DDS: fer-ros doctor)'
    )


def why_no_sound_counts(report: Report) -> str:
    """What is wrong where sound comes, but none for the time of any picture; else nothing."""
    coverage = report.percentile('coverage', 95)
    low, high = report.percentile('offset', 5), report.percentile('offset', 95)
    if not report.rate('audio') or coverage != 0 or low is None or high is None:
        return ''
    if low <= APART_S and high >= -APART_S:
        return ''
    side = 'after' if low > 0 else 'before'
    return (
        f'none of it counts: its stamps are {abs(low):.3g} s {side} those of the pictures; '
        'both must be of one clock'
    )


def _pipeline_values(report: Report) -> dict[str, str]:
    values = {'rate [Hz]': _number(report.rate('pipeline'))}
    for name in ('latency', *report.names('stage ')):
        for percent in (50, 95):
            value = report.percentile(name, percent)
            values[f'{name} p{percent} [ms]'] = _number(value)
    for stage in STAGES:
        values[f'errors of {stage}'] = str(report.totals[f'{stage} error'])
    return values


def _budget_verdict(load: Load | None) -> _Verdict:
    if load is None or load.level == 0:
        return DiagnosticStatus.OK, 'nothing is left out'
    return DiagnosticStatus.WARN, f'the machine cannot keep up: {load.left_out}'


def _budget_values(load: Load | None) -> dict[str, str]:
    if load is None:
        return {}
    return {
        'load': _number(load.share),
        'level': str(load.level),
        'left out': load.left_out,
        'why': load.why,
        'for [s]': f'{load.for_s:.0f}' if load.why else '',
    }


def _clock_values(clock: ClockReport) -> dict[str, str]:
    return {
        'arrival minus capture p50 [s]': _number(clock.offset_s),
        'arrival jitter p95-p5 [s]': _number(clock.jitter_s),
        'drift of stamps [ppm]': _number(clock.drift_ppm),
    }


def _sample_values(clock: ClockReport) -> dict[str, str]:
    return {
        'jitter of stamps p95-p5 [s]': _number(clock.sample_jitter_s),
        'drift of samples [ppm]': _number(clock.sample_drift_ppm),
    }


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:.3g}'
