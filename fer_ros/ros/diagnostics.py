"""The state of perception as /diagnostics shows it, once a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from fer_ros.clock_watch import ClockReport
from fer_ros.statistics import Report

Level = bytes


class Health:
    """Turns a report into diagnostic statuses: image, audio and pipeline."""

    def __init__(self, name: str, facts: Callable[[], Mapping[str, str]]) -> None:
        """``name`` of the node; ``facts`` tells models, device and plugins in use."""
        self._name = name
        self._facts = facts
        self.last_errors: dict[str, str] = {}
        """The last thing that went wrong with 'image', 'audio' and 'pipeline'."""
        self._seen: dict[str, int] = {}

    def statuses(
        self, report: Report, clocks: Mapping[str, ClockReport]
    ) -> list[DiagnosticStatus]:
        """All statuses for what came since the last report.

        ``clocks`` has what was measured of the stamps of 'image' and 'audio'.
        """
        return [
            self._status(
                'image',
                report,
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
            ),
            self._status('pipeline', report, self._pipeline_values(report)),
        ]

    def _pipeline_values(self, report: Report) -> dict[str, str]:
        values = {'rate [Hz]': _number(report.rate('pipeline'))}
        for name in ('latency', *report.names('stage ')):
            for percent in (50, 95):
                value = report.percentile(name, percent)
                values[f'{name} p{percent} [ms]'] = _number(value)
        return values | dict(self._facts())

    def _status(self, part: str, report: Report, values: dict[str, str]) -> DiagnosticStatus:
        failures = report.totals[f'{part} error']
        new_failures = failures - self._seen.get(part, 0)
        self._seen[part] = failures
        values['errors'] = str(failures)
        values['last error'] = self.last_errors.get(part, '')
        if new_failures:
            level, message = (
                DiagnosticStatus.WARN,
                f'{new_failures} failed: {values["last error"]}',
            )
        elif report.rate(part) == 0:
            level, message = DiagnosticStatus.WARN, 'nothing arrives'
        else:
            level, message = DiagnosticStatus.OK, 'ok'
        return DiagnosticStatus(
            level=level,
            name=f'{self._name}: {part}',
            message=message,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )


def diagnostic_array(stamp: object, statuses: list[DiagnosticStatus]) -> DiagnosticArray:
    """The message with the time it speaks of."""
    array = DiagnosticArray(status=statuses)
    array.header.stamp = stamp
    return array


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
