"""The few numbers of /diagnostics that are worth a place in the picture."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray

_SHOWN = (
    ('pipeline', 'rate [Hz]', 1.0, '{:.0f} Hz'),
    ('pipeline', 'latency p50 [ms]', 1.0, 'latency {:.0f} ms'),
    ('pipeline', 'latency p95 [ms]', 1.0, 'p95 {:.0f} ms'),
    ('audio', 'newest sound minus image p50 [s]', 1000.0, 'sound to image {:+.0f} ms'),
    ('audio', 'coverage of the window p50', 1.0, 'coverage {:.0%}'),
)
"""Status, key, factor to the unit that is shown, and how it is shown."""


def numbers_of(message: DiagnosticArray, namespace: str) -> list[str]:
    """Short texts from the statuses of the perception in a namespace, where there are any."""
    values = {
        (status.name.rpartition(': ')[2], pair.key): pair.value
        for status in message.status
        if status.name.rpartition('/')[0] == namespace.strip('/')
        for pair in status.values
    }
    shown = []
    for part, key, factor, text in _SHOWN:
        try:
            shown.append(text.format(factor * float(values[part, key])))
        except (KeyError, ValueError):  # not told, or told by somebody else in another way
            continue
    return shown
