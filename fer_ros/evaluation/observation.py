"""What the pipeline says about one recording, written down and compared with what is true."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fer_ros.evaluation.mistakes import Mistakes
from fer_ros.evaluation.results import FUSED
from fer_ros.evaluation.tally import StretchTally
from fer_ros.evaluation.truth import Truth
from fer_ros.people import Person
from fer_ros.pipeline import Result
from fer_ros.types import FACE, NS_PER_S, Estimate, Modality

STANDS_NS = NS_PER_S
"""What was last said stands no longer than this when nothing more comes."""


@dataclass
class _Said:
    """The last estimate of a face by one modality."""

    stamp_ns: int
    label: str
    stretch: int | None


@dataclass(frozen=True)
class _Moment:
    """Who was read in each labelled stretch, and by which modalities."""

    stamp_ns: int
    present: Mapping[int, frozenset[Modality]]


class Observation:
    """Takes the results of one recording in turn."""

    def __init__(self, recording: str, truth: Truth, start_ns: int) -> None:
        """``start_ns`` is the stamp of the first sample."""
        self._recording = recording
        self._truth = truth
        self._start_ns = start_ns
        self._tracks: dict[int, int] = {}
        self._said: dict[tuple[int | None, Modality], _Said] = {}
        self._last: _Moment | None = None
        self._table = io.StringIO()
        self._rows = csv.writer(self._table, lineterminator='\n')
        self.mistakes = Mistakes(recording)
        self.stretches = [StretchTally(s.label, s.group) for s in truth.stretches]
        self.unlabelled = StretchTally(None, None)

    @property
    def people(self) -> int:
        """How many faces were tracked."""
        return len(self._tracks)

    @property
    def table(self) -> str:
        """The estimates as lines of CSV, see results.ESTIMATE_COLUMNS."""
        return self._table.getvalue()

    def add(self, result: Result) -> None:
        """Take in what came out of one frame or hop."""
        self._pass_time(result.stamp_ns)
        time_s = self._seconds(result.stamp_ns)
        present: dict[int, frozenset[Modality]] = {
            number: frozenset() for number in self._truth.active(time_s)
        }
        for place, person in enumerate(result.people):
            is_focus = place == 0
            track = self._number(person)
            number = self._truth.find(time_s, track, is_focus)
            if number is not None:
                present[number] = frozenset({FUSED, *person.alone})
            for modality, estimate in ((FUSED, person.fused), *sorted(person.alone.items())):
                self._note(modality, estimate, person, track, is_focus, result)
        if result.frame is None and self._last is not None:
            # without a frame there could be no news of a face
            for number in present.keys() & self._last.present.keys():
                present[number] |= self._last.present[number] & {FACE}
        self._last = _Moment(result.stamp_ns, present)

    def _pass_time(self, stamp_ns: int) -> None:
        """What was last said stands until now."""
        if self._last is None:
            return
        elapsed_ns = min(max(0, stamp_ns - self._last.stamp_ns), STANDS_NS)
        for number, modalities in self._last.present.items():
            stretch = self.stretches[number]
            stretch.watched_ns += elapsed_ns
            for modality in modalities:
                stretch.of(modality).present_ns += elapsed_ns

    def _note(
        self,
        modality: Modality,
        estimate: Estimate,
        person: Person,
        track: int | None,
        is_focus: bool,
        result: Result,
    ) -> None:
        said = self._said.get((track, modality))
        if said is not None and estimate.stamp_ns <= said.stamp_ns:
            if said.stamp_ns - estimate.stamp_ns <= STANDS_NS:
                return  # nothing new
            said = None  # time jumped back
        time_s = self._seconds(estimate.stamp_ns)
        number = self._truth.find(time_s, track, is_focus)
        self._said[track, modality] = _Said(estimate.stamp_ns, estimate.label, number)
        self._count_flip(modality, estimate, said, number)
        label = ''
        if number is not None:
            label = self._truth.stretches[number].label
            self._compare(modality, estimate, number, time_s)
            if modality == FUSED and estimate.label != label:
                self.mistakes.add(estimate, label, time_s, track, result.frame, person.face)
        face = person.face
        box = [round(v, 1) for v in (face.x, face.y, face.w, face.h)] if face else [''] * 4
        self._rows.writerow(
            [
                self._recording,
                f'{time_s:.6f}',
                estimate.stamp_ns,
                '' if track is None else track,
                modality,
                estimate.label,
                f'{estimate.confidence:.6f}',
                *(f'{value:.6f}' for value in estimate.probabilities.tolist()),
                '' if estimate.valence is None else f'{estimate.valence:.6f}',
                '' if estimate.arousal is None else f'{estimate.arousal:.6f}',
                *_sources(estimate),
                int(is_focus),
                label,
                *box,
            ]
        )

    def _compare(self, modality: Modality, estimate: Estimate, number: int, time_s: float) -> None:
        stretch = self._truth.stretches[number]
        tally = self.stretches[number].of(modality)
        is_right = tally.add(estimate, stretch.label)
        tally.add_affect(estimate, stretch.valence, stretch.arousal)
        if is_right and not tally.first_correct:
            tally.first_correct.append(max(0.0, time_s - stretch.start))

    def _count_flip(
        self, modality: Modality, estimate: Estimate, said: _Said | None, number: int | None
    ) -> None:
        if said is None or said.stretch != number:
            return
        elapsed_ns = estimate.stamp_ns - said.stamp_ns
        if elapsed_ns <= STANDS_NS:
            where = self.unlabelled if number is None else self.stretches[number]
            tally = where.of(modality)
            tally.stayed_ns += elapsed_ns
            tally.flips += estimate.label != said.label

    def _number(self, person: Person) -> int | None:
        """The number of a face in this recording: a tracker counts on over recordings."""
        track_id = person.fused.track_id
        return None if track_id is None else self._tracks.setdefault(track_id, len(self._tracks))

    def _seconds(self, stamp_ns: int) -> float:
        return (stamp_ns - self._start_ns) / NS_PER_S


def _sources(estimate: Estimate) -> Iterator[str]:
    """The modalities and how much each counted."""
    names = sorted(estimate.weights)
    yield '+'.join(names)
    yield '+'.join(f'{estimate.weights[name]:.3f}' for name in names)
