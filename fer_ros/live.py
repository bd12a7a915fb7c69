"""The pipeline run live: inputs are stored as they come, one worker takes the newest.

Storing never waits for a model.  A frame that is not taken in time is replaced by the next one
and counted; sound is never dropped, it goes into a ring by its capture time.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fer_ros.audio.input import AudioInput
from fer_ros.clocks import corrected
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, Result, Setup
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


class LiveWorker:
    """One thread that runs the pipeline on the newest input."""

    def __init__(
        self,
        pipeline: EmotionPipeline,
        on_result: Callable[[LiveResult], None],
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``on_error`` is told what failed, 'image' or 'pipeline', and why.

        ``clock`` in seconds tells when inputs arrive.
        """
        self._pipeline = pipeline
        self._on_result = on_result
        self._on_error = on_error
        self._clock = clock
        voice = pipeline.voice
        self._audio = AudioInput(voice.rate_hz, voice.window_s) if voice else None
        self._condition = threading.Condition()
        self._waiting: tuple[MakeFrame, float] | None = None
        """The newest frame and when it arrived."""
        self._audio_arrived_s = -math.inf
        self._frame_arrived_s = -math.inf
        self._setup: Setup | None = None
        self._stopping = False
        self._read_until_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name='pipeline', daemon=True)

    @property
    def newest_arrival_s(self) -> float:
        """When the newest input arrived, used or not, by the worker's clock."""
        return max(self._frame_arrived_s, self._audio_arrived_s)

    def start(self) -> None:
        """Begin to take inputs."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker after what it is doing now."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join()

    def apply(self, config: PipelineConfig) -> None:
        """Have settings that can change live taken over before the next sample.

        New plugins are built here, so that the worker goes on meanwhile.  Raises ConfigError where
        that fails; then everything stays as it is.
        """
        setup = self._pipeline.prepare(config)
        with self._condition:
            self._setup = setup

    def put_frame(self, make_frame: MakeFrame) -> bool:
        """Offer a frame; the newest one wins.  Whether an older one was dropped for it."""
        self._frame_arrived_s = self._clock()
        with self._condition:
            dropped = self._waiting is not None
            self._waiting = make_frame, self._frame_arrived_s
            self._condition.notify()
        return dropped

    def put_audio(self, chunk: AudioChunk) -> None:
        """Store sound."""
        if self._audio is not None:
            self._audio.add(corrected(chunk, self._pipeline.config.clocks))
            self._audio_arrived_s = self._clock()

    def _run(self) -> None:
        while self._wait():
            try:
                self._step()
            except Exception as error:  # the robot must not lose its worker to one sample
                self._on_error('pipeline', error)

    def _wait(self) -> bool:
        """Wait for a frame, but no longer than one hop; False when stopping."""
        with self._condition:
            hop_s = self._pipeline.config.voice.hop
            self._condition.wait_for(lambda: self._stopping or self._waiting, timeout=hop_s)
            return not self._stopping

    def _step(self) -> None:
        with self._condition:
            setup, self._setup = self._setup, None
            waiting, self._waiting = self._waiting, None
        if setup:
            self._pipeline.use(setup)
        if waiting:
            self._process_frame(*waiting)
        else:
            self._process_sound()

    def _process_frame(self, make_frame: MakeFrame, arrived_s: float) -> None:
        try:
            frame = corrected(make_frame(), self._pipeline.config.clocks)
        except ValueError as error:
            self._on_error('image', error)
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
            newest_ns = self._read_until_ns = self._audio.newest_ns
            window = self._audio.window(stamp_ns, self._pipeline.sound_offset_ns)
        result = self._pipeline.process(stamp_ns, frame, window)
        self._on_result(LiveResult(result, window, newest_ns, arrived_s))
