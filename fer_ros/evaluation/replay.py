"""One recording through the pipeline: what comes of it, in a form that can be sent about."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from fer_ros.audio.resample import ResampleError
from fer_ros.decode import DecodeError
from fer_ros.drive import Scenes
from fer_ros.evaluation.durations import READ, Durations
from fer_ros.evaluation.foresight import Foresight
from fer_ros.evaluation.mistakes import Pictured
from fer_ros.evaluation.observation import Observation
from fer_ros.evaluation.reading_ahead import ahead
from fer_ros.evaluation.recordings import PROBLEMS, Source
from fer_ros.evaluation.results import Coverage, Failure, Recording, Segment
from fer_ros.evaluation.scoring import modalities, number, rounded, score
from fer_ros.evaluation.sound_levels import SoundLevels
from fer_ros.evaluation.tally import StretchTally
from fer_ros.evaluation.truth import Stretch, Truth, TruthError
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, PipelineError
from fer_ros.playback import Sample
from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow

DETECT = 'detect'
"""The stage of the face detector."""
COMPLETE = 0.99
"""Coverage from which on a window of sound counts as complete."""

Progress = Callable[[float], None]
"""Takes how many seconds of a recording were evaluated since the last call."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that is known of a recording after it was evaluated."""

    recording: Recording
    estimates: str
    """Lines of results.ESTIMATE_COLUMNS."""
    levels: Sequence[tuple[float, float]]
    """Time and level of its sound."""
    stretches: Sequence[StretchTally]
    """Labelled ones in order of time, then one for all that has no label."""
    mistakes: Sequence[Pictured]
    durations: Durations
    facts: dict[str, str]
    """What ran."""


@dataclass(frozen=True)
class Task:
    """A recording and the labels that were given for it."""

    source: Source
    labels: Sequence[Stretch] | None
    """None: those that it brings itself."""


class Replayer:
    """Evaluates recordings with one pipeline, one after the other."""

    def __init__(self, config: PipelineConfig) -> None:
        """Loads the models."""
        self._problems = _Problems()
        self._pipeline = EmotionPipeline.load(config, self._on_pipeline_error)
        self._scenes = Scenes(self._pipeline)
        self._foresight: Foresight | None = None
        if self._pipeline.face is not None:
            self._foresight = Foresight(self._pipeline.face.detector)
            self._pipeline.face.detector = self._foresight

    def replay(self, task: Task, progress: Progress = lambda seconds: None) -> Outcome | Failure:
        """What comes of a recording, or why nothing does."""
        try:
            return self._replay(task, progress)
        except (*PROBLEMS, ResampleError, TruthError) as error:
            path = f'{task.source.path}: '
            return Failure(task.source.name, str(error).removeprefix(path))

    def _replay(self, task: Task, progress: Progress) -> Outcome:
        self._problems = _Problems()
        samples = task.source.samples(self._on_message_error)
        durations = Durations()
        begin_s = time.perf_counter()
        with closing(ahead(self._foreseen(_timed(samples, durations)))) as read:
            watch = _Watch(read, progress)
            outcome = self._watched(task, watch, durations)
        durations.seconds = time.perf_counter() - begin_s
        return outcome

    def _watched(self, task: Task, watch: _Watch, durations: Durations) -> Outcome:
        origin, labels = self._labels(task, watch.start_ns)
        truth = Truth(labels, watch.start_ns)
        seen = Observation(task.source.name, truth, watch.start_ns)
        coverage: list[float] = []

        def on_window(window: AudioWindow) -> None:
            coverage.append(window.coverage)

        for result in self._scenes.results(watch.samples(), on_window):
            durations.add_step(self._spent(result.stage_ns))
            seen.add(result)
        stretches = [*seen.stretches, seen.unlabelled]
        labelled_s = truth.labelled_s(watch.seconds)
        recording = Recording(
            name=task.source.name,
            kind=task.source.kind,
            start_ns=watch.start_ns,
            seconds=rounded(watch.seconds, 3),
            frames=watch.frames,
            sound_s=rounded(watch.sound.heard_s, 3),
            people=seen.people,
            labels_from=origin,
            labelled_s=rounded(labelled_s, 3),
            unlabelled_s=rounded(watch.seconds - labelled_s, 3),
            problems=self._problems.counted(),
            coverage=_coverage(coverage),
            segments=tuple(_segments(truth, seen.stretches, watch.seconds)),
            scores={name: score(stretches, name) for name in modalities(stretches)},
        )
        facts = self._pipeline.facts()
        facts.pop('device')  # says something of the machine, not of the estimates
        levels = list(watch.sound.levels())
        return Outcome(
            recording, seen.table, levels, stretches, seen.mistakes.worst(), durations, facts
        )

    def _foreseen(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        if self._foresight is None:
            return samples
        return self._foresight.of(samples, self._pipeline.config.face.detection_interval)

    def _spent(self, stage_ns: Mapping[str, int]) -> Mapping[str, int]:
        """What the stages would have taken without foresight."""
        if self._foresight is None or DETECT not in stage_ns:
            return stage_ns
        return {**stage_ns, DETECT: stage_ns[DETECT] + self._foresight.take_spent_ns()}

    def _labels(self, task: Task, start_ns: int) -> tuple[str | None, Sequence[Stretch]]:
        if task.labels is None:
            return task.source.labels(start_ns)
        return ('file', task.labels) if task.labels else (None, ())

    def _on_message_error(self, topic: str, error: DecodeError) -> None:
        self._problems.add(topic, str(error))

    def _on_pipeline_error(self, error: PipelineError) -> None:
        stage, _, reason = str(error).partition(': ')
        self._problems.add(stage, reason)


class _Problems:
    """How often each topic and each stage failed, and why it did so first."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, where: str, reason: str) -> None:
        self._first.setdefault(where, reason)
        self._counts[where] += 1

    def counted(self) -> dict[str, int]:
        return {
            f'{where}: {self._first[where]}': self._counts[where] for where in sorted(self._first)
        }


class _Watch:
    """Lets samples through and takes note of what they are."""

    def __init__(self, samples: Iterator[Sample], progress: Progress) -> None:
        self.frames = 0
        self._progress = progress
        self._rest = samples
        self._first = next(samples)  # a source gives something or raises
        self.start_ns = self._end_ns = self._first.stamp_ns
        self.sound = SoundLevels(self.start_ns)

    @property
    def seconds(self) -> float:
        """From the first sample to the end of the last."""
        return (self._end_ns - self.start_ns) / NS_PER_S

    def samples(self) -> Iterator[Sample]:
        for sample in chain([self._first], self._rest):
            self._note(sample)
            yield sample

    def _note(self, sample: Sample) -> None:
        end_ns = sample.stamp_ns
        if isinstance(sample, AudioChunk):
            end_ns = sample.end_ns
            self.sound.add(sample)
        else:
            self.frames += 1
        if end_ns > self._end_ns:
            self._progress((end_ns - self._end_ns) / NS_PER_S)
            self._end_ns = end_ns


def _timed(samples: Iterator[Sample], durations: Durations) -> Iterator[Sample]:
    """The same, while it is noted how long reading each took."""
    while True:
        begin_ns = time.perf_counter_ns()
        sample = next(samples, None)
        durations.add(READ, time.perf_counter_ns() - begin_ns)
        if sample is None:
            return
        yield sample


def _coverage(shares: Sequence[float]) -> Coverage:
    if not shares:
        return Coverage(0, None, None, None)
    complete = sum(share >= COMPLETE for share in shares)
    mean = sum(shares) / len(shares)
    return Coverage(len(shares), number(mean), number(min(shares)), number(complete / len(shares)))


def _segments(truth: Truth, tallies: Sequence[StretchTally], seconds: float) -> Iterator[Segment]:
    names = modalities(tallies)
    for stretch, tally in zip(truth.stretches, tallies, strict=True):
        delays = {
            name: tally.by_modality[name].first_correct if name in tally.by_modality else []
            for name in names
        }
        yield Segment(
            rounded(stretch.start, 3),
            rounded(seconds if stretch.end is None else stretch.end, 3),
            stretch.label,
            stretch.track,
            stretch.group,
            stretch.valence,
            stretch.arousal,
            {name: rounded(found[0], 3) if found else None for name, found in delays.items()},
        )
