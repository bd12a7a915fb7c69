"""A recording as a film that every browser plays: MP4 with H.264 and AAC, easy to seek in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from fer_ros.playback import Sample
from fer_ros.types import NS_PER_S, AudioChunk, FloatArray, Frame

VIDEO_CODEC, AUDIO_CODEC = 'libx264', 'aac'
MAX_HEIGHT = 480
RATE_HZ = 48000
SEAM_S = 0.02
"""Sound that begins this near to the end of other sound continues it."""
WAIT_NS = 30 * NS_PER_S
"""So much sound is kept back until it is known whether there are pictures."""
_NS_PER_MS = 1_000_000
_KEYFRAME_EVERY = 12


class FilmError(RuntimeError):
    """A film cannot be made here."""


class Film:
    """Writes samples in order of their stamps; time 0 of the film is ``start_ns``."""

    def __init__(self, path: Path, start_ns: int) -> None:
        """Raises FilmError where PyAV was built without the encoders."""
        for codec in (VIDEO_CODEC, AUDIO_CODEC):
            if codec not in av.codecs_available:
                raise FilmError(f'PyAV has no encoder {codec}; the package from PyPI has it')
        self._container = av.open(str(path), 'w', container_options={'movflags': 'faststart'})
        self._start_ns = start_ns
        self._video: Any = None
        self._audio: Any = None
        self._held: list[AudioChunk] = []
        self._newest_ms = -1
        self._sound_ns = start_ns
        self._resampler: av.AudioResampler | None = None
        self._rate_hz = 0

    def add(self, sample: Sample) -> None:
        """Add a picture or a stretch of sound."""
        if isinstance(sample, Frame):
            self._begin(sample)
            self._add_frame(sample)
        elif self._audio is not None:
            self._add_sound(sample)
        else:
            self._held.append(sample)
            if sample.stamp_ns > self._start_ns + WAIT_NS:
                self._begin(None)

    def close(self) -> None:
        """Finish the file."""
        self._begin(None)
        self._drain()
        for stream in (self._video, self._audio):
            if stream is not None:
                self._container.mux(stream.encode(None))
        self._container.close()

    def _begin(self, first: Frame | None) -> None:
        """Streams cannot be added later, so there is sound in every film."""
        if self._audio is not None:
            return
        if first is not None:
            height, width = first.image.shape[:2]
            scale = min(1.0, MAX_HEIGHT / height)
            options = {'preset': 'veryfast', 'tune': 'zerolatency', 'crf': '23'}
            self._video = self._container.add_stream(VIDEO_CODEC, options=options)
            self._video.width, self._video.height = (
                max(2, 2 * round(edge * scale / 2)) for edge in (width, height)
            )
            self._video.pix_fmt = 'yuv420p'
            self._video.codec_context.time_base = Fraction(1, 1000)
            self._video.codec_context.gop_size = _KEYFRAME_EVERY
        self._audio = self._container.add_stream(AUDIO_CODEC, rate=RATE_HZ, layout='mono')
        for chunk in self._held:
            self._add_sound(chunk)
        self._held.clear()

    def _add_frame(self, frame: Frame) -> None:
        if self._video is None:
            return
        # the first picture stands from the beginning
        time_ms = (frame.stamp_ns - self._start_ns) // _NS_PER_MS if self._newest_ms >= 0 else 0
        if time_ms <= self._newest_ms:
            return
        self._newest_ms = time_ms
        size = (self._video.width, self._video.height)
        image = np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA), np.uint8)
        picture = av.VideoFrame.from_ndarray(image, format='rgb24')
        picture.pts, picture.time_base = time_ms, Fraction(1, 1000)
        self._container.mux(self._video.encode(picture))

    def _add_sound(self, chunk: AudioChunk) -> None:
        samples, rate_hz = chunk.samples, chunk.rate_hz
        if rate_hz != self._rate_hz:
            self._drain()
            self._rate_hz = rate_hz
            self._resampler = av.AudioResampler(format='fltp', layout='mono', rate=RATE_HZ)
        missing = round((chunk.stamp_ns - self._sound_ns) * rate_hz / NS_PER_S)
        if missing > SEAM_S * rate_hz:
            for first in range(0, missing, rate_hz):
                self._encode_sound(np.zeros(min(rate_hz, missing - first), np.float32))
        elif missing < -SEAM_S * rate_hz:
            samples = samples[-missing:]
        self._encode_sound(samples)

    def _encode_sound(self, samples: FloatArray) -> None:
        if len(samples) == 0 or self._resampler is None:
            return
        self._sound_ns += round(len(samples) * NS_PER_S / self._rate_hz)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples)[None], format='fltp', layout='mono'
        )
        frame.sample_rate = self._rate_hz
        for resampled in self._resampler.resample(frame):
            resampled.pts = None  # one stretch follows the other
            self._container.mux(self._audio.encode(resampled))

    def _drain(self) -> None:
        if self._resampler is not None:
            for resampled in self._resampler.resample(None):
                resampled.pts = None
                self._container.mux(self._audio.encode(resampled))
