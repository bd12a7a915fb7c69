"""Labelled clips that have both pictures and sound: real pairs of a face and a voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speech_corpus import SPLITS, Clip, CorpusError, SpeechCorpus
from fer_ros.sources import MediaError, open_media
from fer_ros.types import NS_PER_S, AudioChunk, Frame, ImageArray


class VideoCorpus(SpeechCorpus):
    """Video files of a corpus; as a speech corpus it gives their sound."""

    def __init__(
        self,
        files: AudioFiles,
        labels: Sequence[str],
        clips: Sequence[Clip],
        speakers: Mapping[str, frozenset[str]],
        frame_rate: float,
        edge: int,
    ) -> None:
        """At most ``frame_rate`` pictures a second, the longest edge at most ``edge`` pixels."""
        super().__init__(files, labels, clips, speakers)
        self._step_ns = round(NS_PER_S / frame_rate)
        self._edge = edge

    def path(self, number: int) -> Path:
        """The video file of a clip, to drive the whole pipeline with it."""
        return self._files.root / self.clips[number].file

    def example(self, number: int, rate_hz: int = 16000) -> Mapping[str, object]:
        """One example, decoded now: as of a speech corpus, and its pictures.

        'frames' uint8 (T, H, W, 3) RGB and 'stamps_ns' int64 (T,) from the beginning of the file.
        Raises CorpusError where there are no pictures.
        """
        frames = list(self._frames(number))
        if not frames:
            raise CorpusError(f'{self.path(number)}: no pictures')
        return {
            **super().example(number, rate_hz),
            'frames': np.stack([image for _, image in frames]),
            'stamps_ns': np.array([stamp_ns for stamp_ns, _ in frames], np.int64),
        }

    def examples(self, split: str, rate_hz: int = 16000) -> Iterator[Mapping[str, Any]]:
        """The examples of a split, one by one: decoded videos are too large to keep."""
        if split not in SPLITS:
            raise CorpusError(f'split {split!r} is not one of {", ".join(SPLITS)}')
        return (self.example(number, rate_hz) for number in self._splits[split])

    def _frames(self, number: int) -> Iterator[tuple[int, ImageArray]]:
        due_ns = 0
        try:
            for sample in open_media(self.path(number)):
                if not isinstance(sample, AudioChunk) and sample.stamp_ns >= due_ns:
                    due_ns = sample.stamp_ns + self._step_ns
                    yield sample.stamp_ns, self._reduced(sample)
        except MediaError as error:
            raise CorpusError(str(error)) from error

    def _reduced(self, frame: Frame) -> ImageArray:
        height, width = frame.image.shape[:2]
        factor = self._edge / max(height, width)
        if factor >= 1.0:
            return frame.image
        size = round(width * factor), round(height * factor)
        return np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA), np.uint8)
