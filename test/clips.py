"""Small clips with pictures and sound, made for a test."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT = 96, 64
FPS = 20
RATE_HZ = 8000

Colour = tuple[int, int, int]


def write_clip(
    path: Path,
    seconds: float,
    colour: Callable[[float], Colour],
    loudness: Callable[[float], float],
) -> Path:
    """A clip whose picture has one colour and whose tone one loudness at each moment."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    levels = np.array([loudness(time) for time in times])
    tone = (levels * np.sin(2 * np.pi * 440 * times) * 32767).astype(np.int16)
    with av.open(str(path), 'w') as container:
        video = container.add_stream('mpeg4', rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, 'yuv420p'
        audio = container.add_stream('pcm_s16le', rate=RATE_HZ, layout='mono')
        for number in range(round(seconds * FPS)):
            image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
            image[:] = colour(number / FPS)
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            part = tone[number * RATE_HZ // FPS : (number + 1) * RATE_HZ // FPS]
            sound = av.AudioFrame.from_ndarray(part[None], format='s16', layout='mono')
            sound.sample_rate, sound.pts = RATE_HZ, number * RATE_HZ // FPS
            sound.time_base = Fraction(1, RATE_HZ)
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path
