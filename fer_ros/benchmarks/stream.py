"""One pipeline fed with a made-up stream, as the perception node feeds it: message in, result out.

Making the stream is not measured, and there is no pace: each frame is given once the last one is
done, with the stamps that a camera and a microphone would give.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from fer_ros.audio.input import AudioInput
from fer_ros.benchmarks.messages import decoder, message_of
from fer_ros.benchmarks.scenes import Clip, Scene, sound
from fer_ros.pipeline import EmotionPipeline, Result
from fer_ros.stages import Stages
from fer_ros.types import NS_PER_S, AudioWindow, Frame

START_NS = 1_000 * NS_PER_S
"""The stamp of the first frame; what it is does not matter."""
WARM_UP_S = 1.0
"""Stream that is processed before anything is counted."""

Encode = Callable[[Result], int]
"""Makes messages of a result; what it returns does not matter."""


@dataclass(frozen=True)
class Case:
    """What is fed."""

    faces: int
    width: int
    height: int
    fps: float
    seconds: float
    """Length of the stream, without the warm-up."""
    encoding: str = 'rgb8'
    """One of messages.ENCODINGS."""

    @property
    def name(self) -> str:
        """For people."""
        some = 'face' if self.faces == 1 else 'faces'
        return f'{self.width}x{self.height} {self.encoding}, {self.faces} {some}, {self.fps:g}/s'


@dataclass
class Record:
    """What was measured, one value for each frame."""

    frame_ns: list[int] = field(default_factory=list)
    """From the message to the messages."""
    cpu_ns: int = 0
    """Of all threads."""
    stage_ns: dict[str, list[int]] = field(default_factory=dict)
    """By stage, of the frames in which it ran."""
    faces: list[int] = field(default_factory=list)
    """How many were there."""
    edges: list[float] = field(default_factory=list)
    """Of all faces: the shorter edge of the box in pixels."""


class Stream:
    """A stream in progress; each step() is one frame."""

    def __init__(
        self, pipeline: EmotionPipeline, clip: Clip, case: Case, encode: Encode | None = None
    ) -> None:
        """Everybody that the pipeline remembers is forgotten."""
        self._pipeline = pipeline
        self._case = case
        self._scene = Scene(clip, case.faces, case.width, case.height)
        self._encode = encode
        self._decode = decoder(case.encoding)
        self._stages = Stages()
        self._done = 0
        voice = pipeline.voice
        self._audio = AudioInput(voice.rate_hz, voice.window_s) if voice else None
        before_ns = round(voice.window_s * NS_PER_S) if voice else 0
        # what was heard before the first frame, so that the first window is full
        seconds = case.seconds + WARM_UP_S + before_ns / NS_PER_S
        self._sound = deque(sound(clip, START_NS - before_ns, seconds))
        self.record = Record()
        pipeline.reset()

    def warm_up(self) -> int:
        """Process the beginning; nanoseconds that the very first frame took."""
        first_ns = 0
        for _ in range(max(1, round(WARM_UP_S * self._case.fps))):
            self.step()
            first_ns = first_ns or self.record.frame_ns[0]
        self.record = Record()
        return first_ns

    @property
    def remaining(self) -> int:
        """Frames to come after those that were counted."""
        return round(self._case.seconds * self._case.fps) - len(self.record.frame_ns)

    def step(self) -> Frame:
        """Process the next frame; returns what the camera saw."""
        seconds = self._done / self._case.fps
        stamp_ns = START_NS + round(seconds * NS_PER_S)
        seen = self._scene.frame(stamp_ns, seconds)
        message = message_of(seen, self._case.encoding)
        self._done += 1
        begin_ns, begin_cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        with self._stages.stage('decode'):
            frame = self._decode(message)
        with self._stages.stage('window'):
            window = self._window(stamp_ns)
        result = self._pipeline.process(stamp_ns, frame, window)
        if self._encode is not None:
            with self._stages.stage('encode'):
                self._encode(result)
        cpu_ns = time.process_time_ns() - begin_cpu_ns
        self._note(result, time.perf_counter_ns() - begin_ns, cpu_ns)
        return seen

    def _window(self, stamp_ns: int) -> AudioWindow | None:
        if self._audio is None:
            return None
        while self._sound and self._sound[0].end_ns <= stamp_ns:
            self._audio.add(self._sound.popleft())
        return self._audio.window(stamp_ns, self._pipeline.sound_offset_ns)

    def _note(self, result: Result, frame_ns: int, cpu_ns: int) -> None:
        record = self.record
        record.frame_ns.append(frame_ns)
        record.cpu_ns += cpu_ns
        for name, spent_ns in {**self._stages.take(), **result.stage_ns}.items():
            record.stage_ns.setdefault(name, []).append(spent_ns)
        faces = [person.face for person in result.people if person.face is not None]
        record.faces.append(len(faces))
        record.edges += [min(face.w, face.h) for face in faces]
