"""What one live result tells of rates, latencies and clocks, for diagnostics."""

from __future__ import annotations

from fer_ros.live import LiveResult
from fer_ros.statistics import Recent
from fer_ros.types import NS_PER_S


def collect(recent: Recent, live: LiveResult, now_ns: int, min_confidence: float) -> None:
    """Take note of a result at the time ``now_ns`` of the clock that stamps come from.

    An offset between sound and picture below ``min_confidence`` does not count.
    """
    result = live.result
    recent.count('pipeline')
    recent.add('latency', (now_ns - result.stamp_ns) / 1e6)
    for stage, spent_ns in live.stage_ns.items():
        recent.add(f'stage {stage}', spent_ns / 1e6)
    if live.window is not None:
        recent.add('coverage', live.window.coverage)
    if live.audio_newest_ns is not None:
        recent.add('offset', (live.audio_newest_ns - result.stamp_ns) / NS_PER_S)
    if result.av_offset is not None:
        recent.add('av offset confidence', result.av_offset.confidence)
        if result.av_offset.confidence >= min_confidence:
            recent.add('av offset', result.av_offset.offset_s)
