"""Drives the pipeline through recorded samples: as fast as it can, always to the same result.

Nothing depends on a clock: a frame is processed with the sound that was captured before it, and
where there are no frames the voice is read once every hop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from fer_ros.audio.input import AudioInput
from fer_ros.clocks import JUMP_BACK_NS, corrected_in_order
from fer_ros.pipeline import EmotionPipeline, Result
from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow, Frame


def drive(
    samples: Iterable[Frame | AudioChunk],
    pipeline: EmotionPipeline,
    on_window: Callable[[AudioWindow], None] | None = None,
) -> Iterator[Result]:
    """The results of samples in order of their stamps, one for each frame or hop.

    Chunks of sound are expected to be shorter than the voice's window.  ``on_window`` is shown
    the sound that each result is from.
    """
    return _Drive(pipeline, on_window).results(samples)


class Scenes:
    """Runs one pipeline through recordings, each as if nothing had been before it."""

    def __init__(self, pipeline: EmotionPipeline) -> None:
        self._pipeline = pipeline
        self._moving = pipeline.config
        face = self._moving.face
        tracking = replace(face.tracking, min_hits=1)
        # a picture shows a face once: it cannot prove itself by being found again
        self._still = replace(self._moving, face=replace(face, tracking=tracking))

    def results(
        self,
        samples: Iterable[Frame | AudioChunk],
        on_window: Callable[[AudioWindow], None] | None = None,
    ) -> Iterator[Result]:
        """See drive(); ids of faces go on from one recording to the next."""
        samples = iter(samples)
        first = list(islice(samples, 2))
        is_picture = len(first) == 1 and isinstance(first[0], Frame)
        self._pipeline.reset()
        self._pipeline.apply(self._still if is_picture else self._moving)
        yield from drive(chain(first, samples), self._pipeline, on_window)


class _Drive:
    def __init__(
        self, pipeline: EmotionPipeline, on_window: Callable[[AudioWindow], None] | None
    ) -> None:
        self._pipeline = pipeline
        self._on_window = on_window
        self._hop_ns = round(pipeline.config.voice.hop * NS_PER_S)
        voice = pipeline.voice
        self._audio = AudioInput(voice.rate_hz, voice.window_s) if voice else None
        self._done_ns: int | None = None
        """Until when everything was processed."""

    def results(self, samples: Iterable[Frame | AudioChunk]) -> Iterator[Result]:
        end_ns, has_frames = None, False
        for sample in corrected_in_order(samples, self._pipeline.config.clocks):
            if isinstance(sample, Frame):
                has_frames = True
                yield self._process(sample.stamp_ns, sample)
            elif self._audio is not None:
                # no frame before this chunk can come any more
                yield from self._hops(sample.stamp_ns)
                self._audio.add(sample)
                end_ns = sample.end_ns
        if self._audio is not None and end_ns is not None:
            yield from self._hops(end_ns)
            if not has_frames and self._done_ns != end_ns:
                yield self._process(end_ns, None)

    def _hops(self, until_ns: int) -> Iterator[Result]:
        """Read the voice where no frame came for one hop."""
        if self._done_ns is None or until_ns < self._done_ns - JUMP_BACK_NS:
            self._done_ns = until_ns
        while self._done_ns + self._hop_ns <= until_ns:
            yield self._process(self._done_ns + self._hop_ns, None)

    def _process(self, stamp_ns: int, frame: Frame | None) -> Result:
        self._done_ns = stamp_ns
        window = None
        if self._audio is not None:
            window = self._audio.window(stamp_ns, self._pipeline.sound_offset_ns)
        if window is not None and self._on_window is not None:
            self._on_window(window)
        return self._pipeline.process(stamp_ns, frame, window)
