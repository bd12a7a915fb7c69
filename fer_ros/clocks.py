"""Corrects the stamps of a camera and a microphone by offsets that are known.

A driver may stamp a picture when it arrives instead of when it was captured, or two devices may
disagree by a constant.  Stamps are corrected once, where samples come in, live and recorded alike;
everything behind that trusts them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

from fer_ros.config import setting
from fer_ros.types import NS_PER_S, AudioChunk, Frame

_Sample = TypeVar('_Sample', bound=Frame | AudioChunk)
JUMP_BACK_NS = NS_PER_S
"""A sample that is older than the last by more than this means that time jumped back."""


@dataclass(frozen=True)
class ClockConfig:
    """What is wrong with the stamps of each stream."""

    camera_offset: float = setting(
        0.0,
        'Added to the stamps of pictures; negative where the driver stamps them too late',
        unit='s',
        ge=-1.0,
        le=1.0,
        live=True,
    )
    microphone_offset: float = setting(
        0.0,
        'Added to the stamps of sound; negative where the driver stamps it too late',
        unit='s',
        ge=-1.0,
        le=1.0,
        live=True,
    )


def corrected(sample: _Sample, config: ClockConfig) -> _Sample:
    """The sample with the stamp that it should have had."""
    is_frame = isinstance(sample, Frame)
    offset_s = config.camera_offset if is_frame else config.microphone_offset
    if not offset_s:
        return sample
    return replace(sample, stamp_ns=sample.stamp_ns + round(offset_s * NS_PER_S))


def corrected_in_order(
    samples: Iterable[Frame | AudioChunk], config: ClockConfig
) -> Iterator[Frame | AudioChunk]:
    """Samples in order of their stamps -> corrected, and in order of those; sound first."""
    offsets_s = config.camera_offset, config.microphone_offset
    if not any(offsets_s):
        yield from samples
        return
    earliest_ns = round(min(offsets_s) * NS_PER_S)
    heap: list[tuple[int, bool, int, Frame | AudioChunk]] = []
    serial = count()  # keeps samples from comparison
    newest_ns: int | None = None
    for sample in samples:
        if newest_ns is not None and sample.stamp_ns < newest_ns - JUMP_BACK_NS:
            yield from _rest(heap)
        newest_ns = sample.stamp_ns
        right = corrected(sample, config)
        heapq.heappush(heap, (right.stamp_ns, isinstance(right, Frame), next(serial), right))
        while heap and heap[0][0] < newest_ns + earliest_ns:  # all that follow are later
            yield heapq.heappop(heap)[-1]
    yield from _rest(heap)


def _rest(
    heap: list[tuple[int, bool, int, Frame | AudioChunk]],
) -> Iterator[Frame | AudioChunk]:
    while heap:
        yield heapq.heappop(heap)[-1]
