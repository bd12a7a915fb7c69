"""Drives the pipeline through recorded samples: as fast as it can, always to the same result.

Nothing depends on a clock: a frame is processed with the sound that was captured before it, and
where there are no frames the voice is read once every hop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fer_ros.audio.input import AudioInput
from fer_ros.clocks import corrected_in_order
from fer_ros.pipeline import EmotionPipeline, Result
from fer_ros.types import NS_PER_S, AudioChunk, Frame


def drive(samples: Iterable[Frame | AudioChunk], pipeline: EmotionPipeline) -> Iterator[Result]:
    """The results of samples in order of their stamps, one for each frame or hop.

    Chunks of sound are expected to be shorter than the voice's window.
    """
    return _Drive(pipeline).results(samples)


class _Drive:
    def __init__(self, pipeline: EmotionPipeline) -> None:
        self._pipeline = pipeline
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
        if self._done_ns is None:
            self._done_ns = until_ns
        while self._done_ns + self._hop_ns <= until_ns:
            yield self._process(self._done_ns + self._hop_ns, None)

    def _process(self, stamp_ns: int, frame: Frame | None) -> Result:
        self._done_ns = stamp_ns
        window = self._audio.window(stamp_ns) if self._audio is not None else None
        return self._pipeline.process(stamp_ns, frame, window)
