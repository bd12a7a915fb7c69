"""Sound as it comes out of a telephone or a conference call: encoded and decoded again."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np

from fer_ros.data.audio_files import decode
from fer_ros.types import FloatArray


@dataclass(frozen=True)
class Codec:
    """How FFmpeg encodes, and the container that it writes to."""

    name: str
    encoder: str
    container: str
    rate_hz: int
    bit_rate: int


CODECS = (
    Codec('Opus 16 kbit/s', 'libopus', 'ogg', 16000, 16000),
    Codec('Opus 6 kbit/s', 'libopus', 'ogg', 16000, 6000),
    Codec('mu-law, 8 kHz', 'pcm_mulaw', 'wav', 8000, 64000),
    Codec('AMR 12.2 kbit/s, 8 kHz', 'libopencore_amrnb', 'amr', 8000, 12200),
    Codec('AMR 4.75 kbit/s, 8 kHz', 'libopencore_amrnb', 'amr', 8000, 4750),
)


def through(codec: Codec, samples: FloatArray, rate_hz: int) -> FloatArray:
    """Sound (T,) in [-1, 1] after the codec, of the same length and rate."""
    content = io.BytesIO()
    frame = av.AudioFrame.from_ndarray(samples[None], 'flt', 'mono')
    frame.sample_rate = rate_hz
    with av.open(content, 'w', format=codec.container) as container:
        stream = container.add_stream(codec.encoder, rate=codec.rate_hz, layout='mono')
        stream.bit_rate = codec.bit_rate
        resampler = av.AudioResampler(stream.format.name, 'mono', codec.rate_hz)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    heard = decode(content.getvalue(), rate_hz)[: len(samples)]
    return np.pad(heard, (0, len(samples) - len(heard)))
