"""The pipeline run live: inputs are stored as they come, one worker takes the newest.

Storing never waits for a model.  A frame that is not taken in time is replaced by the next one
and counted; sound is never dropped, it goes into a ring by its capture time.  What is left out
where the worker cannot keep up is decided here, because only here time passes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fer_ros import cores
from fer_ros.audio.input import AudioInput
from fer_ros.budget import Budget, BudgetConfig
from fer_ros.clocks import corrected
from fer_ros.economy import levels
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, Result, Setup
from fer_ros.stages import Stages
from fer_ros.types import AudioChunk, AudioWindow, Frame

MakeFrame = Callable[[], Frame]
"""Decodes a received message; called by the worker, so that frames never used cost nothing."""


@dataclass(frozen=True, eq=False)
class LiveResult:
    """A result with what is known of how it came about."""

    result: Result
    window: AudioWindow | None
    audio_newest_ns: int | None
    """Capture time of the newest sound that had arrived."""
    arrived_s: float
    """When the newest input used arrived, by the worker's clock, whatever its stamp says."""
    stage_ns: Mapping[str, int]
    """Nanoseconds spent in each stage: decoding, those of the pipeline, and 'encode' for what was
    done with the last result."""


@dataclass(frozen=True)
class Load:
    """How busy a worker is, and what is left out because of it."""

    share: float | None
    """Share of the time that the work takes, None where it is not known yet."""
    level: int
    """How much is left out; 0 for nothing."""
    left_out: str
    """The same in words; '' for nothing."""
    why: str
    """What made it so."""
    for_s: float
    """How long it has been so."""


class LiveWorker:
    """One thread that runs the pipeline on the newest input."""

    def __init__(
        self,
        pipeline: EmotionPipeline,
        on_result: Callable[[LiveResult], None],
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], float] = time.monotonic,
        budget: BudgetConfig | None = None,
    ) -> None:
        """``on_error`` is told what failed, 'image' or 'pipeline', and why.

        ``clock`` in seconds tells when inputs arrive and how long the work takes.  Without a
        ``budget`` nothing is left out, however long that takes.
        """
        self.pipeline = pipeline
        self._on_result = on_result
        self._on_error = on_error
        self._clock = clock
        voice = pipeline.voice
        self._audio = AudioInput(voice.rate_hz, voice.window_s) if voice else None
        self._levels = levels(pipeline.config.face, pipeline.config.voice)
        self._budget = Budget(budget, len(self._levels) - 1) if budget else None
        self._level = 0
        self._stages = Stages()
        self._condition = threading.Condition()
        self._waiting: tuple[MakeFrame, float] | None = None
        """The newest frame and when it arrived."""
        self._arrived = 0
        """Frames since the last step."""
        self._audio_arrived_s = -math.inf
        self._frame_arrived_s = -math.inf
        self._setup: Setup | None = None
        self._stopping = self._abandoned = False
        self._busy_since_s: float | None = None
        self._read_until_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name='pipeline', daemon=True)

    @property
    def newest_arrival_s(self) -> float:
        """When the newest input arrived, used or not, by the worker's clock."""
        return max(self._frame_arrived_s, self._audio_arrived_s)

    @property
    def busy_s(self) -> float:
        """For how long the worker has been at what it does now; 0.0 while it waits."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else self._clock() - since_s

    @property
    def stage(self) -> str:
        """What the worker does now, '' for what has no name."""
        return self.pipeline.stage or self._stages.running

    @property
    def running(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    @property
    def load(self) -> Load | None:
        """How busy the worker is, None without a budget."""
        if self._budget is None:
            return None
        state, config = self._budget.state, self.pipeline.config
        left_out = self._levels[state.level].describe(config.face, config.voice)
        for_s = self._clock() - state.since_s
        return Load(self._budget.load, state.level, left_out, state.why, for_s)

    def start(self) -> None:
        """Begin to take inputs."""
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> bool:
        """End the worker after what it is doing now; whether it ended in time.

        One that did not is abandoned.
        """
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join(timeout_s)
        self._abandoned = self._thread.is_alive()
        return not self._abandoned

    def abandon(self) -> None:
        """Let it be: whatever it still finds or fails at is ignored, and then it ends."""
        self._abandoned = True
        with self._condition:
            self._stopping = True
            self._condition.notify()

    def limit(self, budget: BudgetConfig) -> None:
        """Take over other settings of the budget."""
        if self._budget is not None:
            self._budget.config = budget

    def apply(self, config: PipelineConfig) -> None:
        """Have settings that can change live taken over before the next sample.

        New plugins are built here, so that the worker goes on meanwhile.  Raises ConfigError where
        that fails; then everything stays as it is.
        """
        setup = self.pipeline.prepare(config)
        with self._condition:
            self._setup = setup

    def put_frame(self, make_frame: MakeFrame) -> bool:
        """Offer a frame; the newest one wins.  Whether an older one was dropped for it."""
        self._frame_arrived_s = self._clock()
        with self._condition:
            dropped = self._waiting is not None
            self._arrived += 1
            self._waiting = make_frame, self._frame_arrived_s
            self._condition.notify()
        return dropped

    def put_audio(self, chunk: AudioChunk) -> None:
        """Store sound."""
        if self._audio is not None:
            self._audio.add(corrected(chunk, self.pipeline.config.clocks))
            self._audio_arrived_s = self._clock()

    def _run(self) -> None:
        cores.pin(self.pipeline.config.cores)
        while self._wait():
            try:
                self._step()
            except Exception as error:  # the robot must not lose its worker to one sample
                self._fail('pipeline', error)
            self._busy_since_s = None

    def _wait(self) -> bool:
        """Wait for a frame, but no longer than one hop; False when stopping."""
        with self._condition:
            hop_s = self.pipeline.config.voice.hop
            self._condition.wait_for(lambda: self._stopping or self._waiting, timeout=hop_s)
            return not self._stopping

    def _step(self) -> None:
        self._busy_since_s = begin_s = self._clock()
        with self._condition:
            setup, self._setup = self._setup, None
            waiting, self._waiting = self._waiting, None
            arrived, self._arrived = self._arrived, 0
        if setup:
            self.pipeline.use(setup)
        try:
            if waiting:
                self._process_frame(*waiting)
            else:
                self._process_sound()
        finally:
            self._economise(begin_s, read=1 if waiting else 0, arrived=arrived)

    def _economise(self, begin_s: float, read: int, arrived: int) -> None:
        if self._budget is None:
            return
        level = self._budget.worked(begin_s, self._clock(), read, arrived)
        if level != self._level:
            self._level = level
            self.pipeline.economise(self._levels[level])

    def _process_frame(self, make_frame: MakeFrame, arrived_s: float) -> None:
        try:
            with self._stages.stage('decode'):
                frame = corrected(make_frame(), self.pipeline.config.clocks)
        except ValueError as error:
            self._fail('image', error)
            return
        self._process(frame.stamp_ns, frame, arrived_s)

    def _process_sound(self) -> None:
        """Read the voice without a picture, if there is new sound."""
        arrived_s = self._audio_arrived_s
        newest_ns = self._audio.newest_ns if self._audio else None
        if newest_ns is not None and newest_ns != self._read_until_ns:
            self._process(newest_ns, None, arrived_s)

    def _process(self, stamp_ns: int, frame: Frame | None, arrived_s: float) -> None:
        window = newest_ns = None
        if self._audio is not None:
            with self._stages.stage('window'):
                newest_ns = self._read_until_ns = self._audio.newest_ns
                window = self._audio.window(stamp_ns, self.pipeline.sound_offset_ns)
        result = self.pipeline.process(stamp_ns, frame, window)
        if self._abandoned:
            return
        spent_ns = {**self._stages.take(), **result.stage_ns}
        with self._stages.stage('encode'):
            self._on_result(LiveResult(result, window, newest_ns, arrived_s, spent_ns))

    def _fail(self, part: str, error: Exception) -> None:
        if not self._abandoned:
            self._on_error(part, error)
