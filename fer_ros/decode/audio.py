"""Both packages named audio_common_msgs -> AudioChunk.

ros-drivers' AudioDataStamped has bytes, and rate and format in a latched AudioInfo beside it;
mgonzs13's AudioStamped has samples of one of five types together with their AudioInfo.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros.decode.fields import DecodeError, as_bytes, only_decode_errors, stamp_ns
from fer_ros.types import AudioChunk, FloatArray, read_only

RATES_HZ = (4000, 192000)
MAX_CHANNELS = 64
MAX_SECONDS = 60.0
_FORMATS = {
    'S8': 'i1',
    'U8': 'u1',
    'S16LE': '<i2',
    'S16BE': '>i2',
    'S24LE': '<i4',
    'S24BE': '>i4',
    'S32LE': '<i4',
    'S32BE': '>i4',
    'F32LE': '<f4',
    'F32BE': '>f4',
    'F64LE': '<f8',
    'F64BE': '>f8',
}
"""NumPy's names of GStreamer's sample formats; those of 24 bits are widened to 32."""
_PORTAUDIO = {
    1: ('float32_data', np.float32),
    2: ('int32_data', np.int32),
    8: ('int16_data', np.int16),
    16: ('int8_data', np.int8),
    32: ('uint8_data', np.uint8),
}
"""PortAudio's numbers of sample formats, and where mgonzs13's messages keep such samples."""


@only_decode_errors
def decode_audio(message: Any, info: Any | None = None) -> AudioChunk:
    """A chunk of either family; channels are averaged.

    ``info`` is the latched AudioInfo, which only ros-drivers' family needs.  Raises DecodeError
    for what is not PCM, for rates and counts that no microphone has, for a number of bytes that
    is no whole number of samples, and for samples that are not finite.
    """
    if hasattr(message.audio, 'info'):
        rate_hz, channels, samples = _complete(message.audio)
    else:
        rate_hz, channels, samples = _with_info(message.audio, info)
    return AudioChunk(stamp_ns(message), rate_hz, _mono(samples, channels, rate_hz))


def _with_info(audio: Any, info: Any | None) -> tuple[int, int, npt.NDArray[Any]]:
    if info is None:
        raise DecodeError('sound came before audio_info, which tells its rate and format')
    if info.coding_format not in ('wave', 'WAVE', 'raw', 'pcm'):
        raise DecodeError(
            f'coding_format {info.coding_format!r} is not read; set format: wave in the driver'
        )
    if info.sample_format not in _FORMATS:
        known = ', '.join(_FORMATS)
        raise DecodeError(f'sample_format {info.sample_format!r} is not one of {known}')
    samples = _pcm(as_bytes(audio.data), info.sample_format)
    return int(info.sample_rate), int(info.channels), samples


def _complete(audio: Any) -> tuple[int, int, npt.NDArray[Any]]:
    info = audio.info
    if info.format not in _PORTAUDIO:
        raise DecodeError(f'info.format {info.format} is not one of {sorted(_PORTAUDIO)}')
    field, kind = _PORTAUDIO[info.format]
    samples = np.asarray(getattr(audio.audio_data, field), dtype=kind)
    return int(info.rate), int(info.channels), samples


def _pcm(data: npt.NDArray[np.uint8], sample_format: str) -> npt.NDArray[Any]:
    kind = np.dtype(_FORMATS[sample_format])
    is_packed = sample_format.startswith('S24')
    width = 3 if is_packed else kind.itemsize
    if len(data) % width:
        raise DecodeError(f'{len(data)} bytes are no whole number of {8 * width}-bit samples')
    if is_packed:
        data = _widened(data, is_big=sample_format.endswith('BE'))
    return data.view(kind)


def _widened(data: npt.NDArray[np.uint8], is_big: bool) -> npt.NDArray[np.uint8]:
    """24-bit samples as 32-bit ones of the same level."""
    wide = np.zeros((len(data) // 3, 4), dtype=np.uint8)
    wide[:, slice(0, 3) if is_big else slice(1, 4)] = data.reshape(-1, 3)
    return wide.reshape(-1)


def _scaled(samples: npt.NDArray[Any]) -> npt.NDArray[np.floating]:
    """Integers to [-1, 1); unsigned ones have their zero in the middle."""
    if samples.dtype.kind == 'f':
        return samples
    half = 2.0 ** (8 * samples.dtype.itemsize - 1)
    centred = samples.astype(np.float64) - (half if samples.dtype.kind == 'u' else 0.0)
    result: npt.NDArray[np.floating] = centred / half
    return result


def _mono(samples: npt.NDArray[Any], channels: int, rate_hz: int) -> FloatArray:
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise DecodeError(f'rate {rate_hz} Hz is outside {list(RATES_HZ)}')
    if not 1 <= channels <= MAX_CHANNELS:
        raise DecodeError(f'{channels} channels are outside [1, {MAX_CHANNELS}]')
    if len(samples) == 0 or len(samples) % channels:
        raise DecodeError(f'{len(samples)} samples for {channels} channels')
    if len(samples) > channels * rate_hz * MAX_SECONDS:
        raise DecodeError(f'{len(samples)} samples are more than {MAX_SECONDS:g} s of sound')
    with np.errstate(over='ignore', invalid='ignore'):  # whatever overflows is refused below
        mono = _scaled(samples).reshape(-1, channels).mean(axis=1).astype(np.float32)
    if not np.isfinite(mono).all():
        raise DecodeError('samples are not finite')
    return read_only(np.clip(mono, -1.0, 1.0))
