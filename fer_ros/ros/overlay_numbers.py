"""The few numbers of /diagnostics that are worth a place in the picture."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray

_SHOWN = (
    ('pipeline', 'rate [Hz]', '{} Hz'),
    ('pipeline', 'latency p50 [ms]', 'latency {} ms'),
    ('pipeline', 'latency p95 [ms]', 'p95 {} ms'),
    ('audio', 'newest sound minus image p50 [s]', 'sound - image {} s'),
    ('audio', 'coverage of the window p50', 'coverage {}'),
)


def numbers_of(message: DiagnosticArray) -> list[str]:
    """Short texts from perception's statuses; none where the message holds other ones."""
    values = {
        (status.name.rpartition(': ')[2], pair.key): pair.value
        for status in message.status
        for pair in status.values
    }
    return [
        text.format(values[part, key]) for part, key, text in _SHOWN if values.get((part, key))
    ]
