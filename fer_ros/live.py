"""The pipeline run live: inputs are stored as they come, one worker takes the newest.

Storing never waits for a model.  A frame that is not taken in time is replaced by the next one
and counted; sound is never dropped, it goes into a ring by its capture time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from fer_ros.audio.input import AudioInput
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, Result
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


class LiveWorker:
    """One thread that runs the pipeline on the newest input."""

    def __init__(
        self,
        pipeline: EmotionPipeline,
        on_result: Callable[[LiveResult], None],
        on_error: Callable[[str, Exception], None],
    ) -> None:
        """``on_error`` is told what failed, 'image' or 'pipeline', and why."""
        self._pipeline = pipeline
        self._on_result = on_result
        self._on_error = on_error
        voice = pipeline.voice
        self._audio = AudioInput(voice.rate_hz, voice.window_s) if voice else None
        self._condition = threading.Condition()
        self._make_frame: MakeFrame | None = None
        self._config: PipelineConfig | None = None
        self._stopping = False
        self._read_until_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name='pipeline', daemon=True)

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
        """Have settings that can change live taken over before the next sample."""
        with self._condition:
            self._config = config

    def put_frame(self, make_frame: MakeFrame) -> bool:
        """Offer a frame; the newest one wins.  Whether an older one was dropped for it."""
        with self._condition:
            dropped = self._make_frame is not None
            self._make_frame = make_frame
            self._condition.notify()
        return dropped

    def put_audio(self, chunk: AudioChunk) -> None:
        """Store sound."""
        if self._audio is not None:
            self._audio.add(chunk)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            config, make_frame = taken
            try:
                if config:
                    self._pipeline.apply(config)
                if make_frame:
                    self._process_frame(make_frame)
                else:
                    self._process_sound()
            except Exception as error:  # the robot must not lose its worker to one sample
                self._on_error('pipeline', error)

    def _take(self) -> tuple[PipelineConfig | None, MakeFrame | None] | None:
        """The next thing to do; without a frame after one hop, None when stopping."""
        with self._condition:
            hop_s = self._pipeline.config.voice.hop
            self._condition.wait_for(lambda: self._stopping or self._make_frame, timeout=hop_s)
            if self._stopping:
                return None
            config, self._config = self._config, None
            make_frame, self._make_frame = self._make_frame, None
            return config, make_frame

    def _process_frame(self, make_frame: MakeFrame) -> None:
        try:
            frame = make_frame()
        except ValueError as error:
            self._on_error('image', error)
            return
        self._process(frame.stamp_ns, frame)

    def _process_sound(self) -> None:
        """Read the voice without a picture, if there is new sound."""
        newest_ns = self._audio.newest_ns if self._audio else None
        if newest_ns is not None and newest_ns != self._read_until_ns:
            self._process(newest_ns, None)

    def _process(self, stamp_ns: int, frame: Frame | None) -> None:
        window = newest_ns = None
        if self._audio is not None:
            newest_ns = self._read_until_ns = self._audio.newest_ns
            window = self._audio.window(stamp_ns)
        result = self._pipeline.process(stamp_ns, frame, window)
        self._on_result(LiveResult(result, window, newest_ns))
