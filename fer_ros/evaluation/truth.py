"""What is known of a recording: which label is true when, and for whom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fer_ros.types import NS_PER_S

_EPOCH_S = 100_000_000.0
"""Seconds from which on a time is a stamp (of 1973 or later), not a time in a recording."""


class TruthError(ValueError):
    """Labels that contradict each other."""


@dataclass(frozen=True)
class Stretch:
    """A label and from when to when it is true."""

    start: float
    """Seconds since the first sample, or since 1970 as the stamps of a bag."""
    end: float | None
    """None: the end of the recording."""
    label: str
    """One of labels.LABELS."""
    track: int | None = None
    """The number of a face; None: whoever is in focus."""
    group: str | None = None
    valence: float | None = None
    arousal: float | None = None


class Truth:
    """The labels of one recording.  Stretches are numbered as in ``stretches``."""

    def __init__(self, stretches: Sequence[Stretch], start_ns: int) -> None:
        """``start_ns`` is the stamp of the first sample.

        Raises TruthError where two labels are true at once for the same face.
        """
        self.stretches = sorted(
            (_relative(stretch, start_ns) for stretch in stretches),
            key=lambda stretch: (stretch.start, stretch.track is not None, stretch.track or 0),
        )
        self._by_track: dict[int | None, list[int]] = {}
        for number, stretch in enumerate(self.stretches):
            self._by_track.setdefault(stretch.track, []).append(number)
        for numbers in self._by_track.values():
            self._refuse_overlap([self.stretches[number] for number in numbers])

    def find(self, time_s: float, track: int | None, is_focus: bool) -> int | None:
        """The number of the stretch that says how a person feels at a time, None where none does.

        A label of that face goes before one of whoever is in focus.
        """
        found = None if track is None else self._at(time_s, track)
        if found is None and is_focus:
            found = self._at(time_s, None)
        return found

    def active(self, time_s: float) -> list[int]:
        """The numbers of all stretches that a time is in."""
        found = (self._at(time_s, track) for track in self._by_track)
        return [number for number in found if number is not None]

    def labelled_s(self, seconds: float) -> float:
        """How much of a recording of a length has a label for anybody."""
        total, until = 0.0, 0.0
        for stretch in self.stretches:
            start = max(stretch.start, until)
            end = seconds if stretch.end is None else min(stretch.end, seconds)
            if end > start:
                total, until = total + end - start, end
        return total

    def _at(self, time_s: float, track: int | None) -> int | None:
        numbers = self._by_track.get(track, [])
        position = bisect_right(numbers, time_s, key=lambda number: self.stretches[number].start)
        if position == 0:
            return None
        number = numbers[position - 1]
        end = self.stretches[number].end
        return number if end is None or time_s < end else None

    @staticmethod
    def _refuse_overlap(stretches: Sequence[Stretch]) -> None:
        for before, after in pairwise(stretches):
            if before.end is None or after.start < before.end:
                whom = '' if after.track is None else f' of face {after.track}'
                raise TruthError(
                    f'labels {before.label} and {after.label}{whom} overlap at {after.start:g} s'
                )


def _relative(stretch: Stretch, start_ns: int) -> Stretch:
    """The stretch in seconds since the first sample."""
    if stretch.start < _EPOCH_S:
        return stretch
    start_s = start_ns / NS_PER_S
    end = None if stretch.end is None else stretch.end - start_s
    return replace(stretch, start=stretch.start - start_s, end=end)
