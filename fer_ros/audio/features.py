"""Log-mel and MFCC features of sound, and of its pitch, in NumPy.

The run-time path must be light and must not import torch; training has the same features as a
torch module (fer_ros.audio.tensors), held equal to these by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from fer_ros.audio import pitch
from fer_ros.config import setting
from fer_ros.types import FloatArray, read_only

QUIETEST_PEAK = 1e-6
"""Mel power below which a window counts as silence: its loudest band is not brought up to 0 dB."""
_SLANEY_KNEE_HZ = 1000.0
_SLANEY_KNEE_MEL = 15.0
_SLANEY_HZ_PER_MEL = 200.0 / 3.0
_SLANEY_LOG_STEP = np.log(6.4) / 27.0


class FeatureError(ValueError):
    """Feature settings that contradict each other, or sound shorter than one frame."""


@dataclass(frozen=True)
class FeatureConfig:
    """How sound becomes a picture of bands x frames; stands in a model card as ``input``."""

    kind: str = setting('log_mel', 'What the net sees', choices=('log_mel', 'mfcc'))
    rate_hz: int = setting(16000, 'Sampling rate', unit='Hz', ge=8000, le=48000)
    window_s: float = setting(3.0, 'Length of sound per estimate', unit='s', ge=0.5, le=30.0)
    frame_size: int = setting(1024, 'Samples per analysis frame', ge=64, le=8192)
    hop_size: int = setting(400, 'Samples from one frame to the next', ge=16, le=8192)
    mel_bands: int = setting(64, 'Number of mel bands', ge=8, le=256)
    low_hz: float = setting(50.0, 'Lower edge of the lowest band', unit='Hz', ge=0.0)
    high_hz: float = setting(7600.0, 'Upper edge of the highest band', unit='Hz', ge=100.0)
    range_db: float = setting(
        80.0, 'Levels further below the loudest are cut', unit='dB', ge=20.0, le=120.0
    )
    mean_db: float = setting(-50.0, 'Subtracted from the levels of log_mel', unit='dB')
    std_db: float = setting(20.0, 'Divides the levels of log_mel', unit='dB', ge=1.0)
    coefficients: int = setting(40, 'Number of MFCC', ge=4, le=256)
    deltas: bool = setting(False, 'Adds slopes of the MFCC over 9 frames as further rows')
    pitch_rows: int = setting(
        0, 'Adds so many rows of how strongly a pitch is heard, 70 to 560 Hz', ge=0, le=256
    )

    def __post_init__(self) -> None:
        if self.high_hz > self.rate_hz / 2 or self.low_hz >= self.high_hz:
            raise FeatureError(
                f'bands from {self.low_hz:g} to {self.high_hz:g} Hz do not fit below half of '
                f'rate_hz, {self.rate_hz / 2:g}'
            )
        if self.coefficients > self.mel_bands:
            raise FeatureError(f'coefficients {self.coefficients} > mel_bands {self.mel_bands}')

    @property
    def window_size(self) -> int:
        """Samples of a window."""
        return round(self.rate_hz * self.window_s)

    @property
    def frames(self) -> int:
        """Frames of a window."""
        return frame_count(self.window_size, self)

    @property
    def rows(self) -> int:
        """Rows of the picture."""
        if self.kind == 'log_mel':
            return self.mel_bands + self.pitch_rows
        return self.coefficients * (2 if self.deltas else 1) + self.pitch_rows


def extract(samples: FloatArray, config: FeatureConfig) -> FloatArray:
    """Features (..., rows, frames) of sound (..., T) in [-1, 1]; only whole frames count.

    Independent of the sound's level down to QUIETEST_PEAK, and finite for any finite sound.
    Raises FeatureError where T is less than one frame.
    """
    power = spectra(samples, config)
    rows = finish(mel_power(power, config), config)
    if not config.pitch_rows:
        return rows
    heard = pitch.salience(power, config.rate_hz, config.pitch_rows)
    scaled = (heard - np.float32(pitch.MEAN)) / np.float32(pitch.STD)
    return np.concatenate((rows, scaled), axis=-2)


def spectra(samples: FloatArray, config: FeatureConfig) -> FloatArray:
    """Power (..., frames, frame_size // 2 + 1) of each frame by itself."""
    if samples.shape[-1] < config.frame_size:
        raise FeatureError(f'{samples.shape[-1]} samples are less than one frame')
    frames = np.lib.stride_tricks.sliding_window_view(samples, config.frame_size, axis=-1)
    frames = frames[..., :: config.hop_size, :] * hann(config.frame_size)
    spectrum = scipy.fft.rfft(frames, axis=-1)
    power: FloatArray = np.square(spectrum.real) + np.square(spectrum.imag)
    return power.astype(np.float32, copy=False)


def mel_power(power: FloatArray, config: FeatureConfig) -> FloatArray:
    """Power in each mel band (..., mel_bands, frames) of spectra()."""
    bank = mel_filter_bank(
        config.rate_hz, config.frame_size, config.mel_bands, config.low_hz, config.high_hz
    )
    result: FloatArray = np.swapaxes(power @ bank.T, -1, -2)
    return result


def finish(power: FloatArray, config: FeatureConfig) -> FloatArray:
    """Features (..., rows, frames) from the mel power (..., mel_bands, frames) of a window."""
    level = power_to_db(power, config.range_db)
    if config.kind == 'log_mel':
        scaled: FloatArray = (level - np.float32(config.mean_db)) / np.float32(config.std_db)
        return scaled
    cepstrum = dct_matrix(config.coefficients, config.mel_bands) @ level
    if not config.deltas:
        return cepstrum
    return np.concatenate((cepstrum, deltas(cepstrum)), axis=-2)


def power_to_db(power: FloatArray, range_db: float) -> FloatArray:
    """Decibels (..., bands, frames) relative to the loudest value of each window.

    The result lies in [-range_db, 0].  In near silence the reference is QUIETEST_PEAK, so that
    silence is at the lower end and not at the upper.
    """
    peak = np.maximum(power.max(axis=(-2, -1), keepdims=True), np.float32(QUIETEST_PEAK))
    lowest = np.float32(10.0 ** (-range_db / 10.0))
    level: FloatArray = np.float32(10.0) * np.log10(np.maximum(power / peak, lowest))
    return level


def frame_count(samples: int, config: FeatureConfig) -> int:
    """How many whole frames fit into a number of samples."""
    return max(0, 1 + (samples - config.frame_size) // config.hop_size)


@lru_cache(maxsize=16)
def hann(size: int) -> FloatArray:
    """Periodic Hann window (size,)."""
    phase = 2.0 * np.pi * np.arange(size) / size
    return read_only((0.5 - 0.5 * np.cos(phase)).astype(np.float32))


def hz_to_mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Frequency on Slaney's mel scale: linear below 1 kHz, logarithmic above."""
    hz = np.asarray(hz, dtype=np.float64)
    above = np.log(np.maximum(hz, _SLANEY_KNEE_HZ) / _SLANEY_KNEE_HZ) / _SLANEY_LOG_STEP
    return np.where(hz < _SLANEY_KNEE_HZ, hz / _SLANEY_HZ_PER_MEL, _SLANEY_KNEE_MEL + above)


def mel_to_hz(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The inverse of hz_to_mel()."""
    mel = np.asarray(mel, dtype=np.float64)
    above = np.maximum(mel, _SLANEY_KNEE_MEL) - _SLANEY_KNEE_MEL
    high = _SLANEY_KNEE_HZ * np.exp(_SLANEY_LOG_STEP * above)
    return np.where(mel < _SLANEY_KNEE_MEL, mel * _SLANEY_HZ_PER_MEL, high)


def mel_edges_hz(bands: int, low_hz: float, high_hz: float) -> npt.NDArray[np.float64]:
    """Edges (bands + 2,) in Hz of triangular bands, even on the mel scale."""
    return mel_to_hz(np.linspace(hz_to_mel(low_hz), hz_to_mel(high_hz), bands + 2))


@lru_cache(maxsize=16)
def mel_filter_bank(
    rate_hz: int, fft_size: int, bands: int, low_hz: float, high_hz: float
) -> FloatArray:
    """Triangular filters (bands, fft_size // 2 + 1) of equal area (Slaney 1998)."""
    edges = mel_edges_hz(bands, low_hz, high_hz)
    hz = np.arange(fft_size // 2 + 1) * (rate_hz / fft_size)
    rising = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    bank = np.maximum(0.0, np.minimum(rising, falling)) * area[:, None]
    return read_only(bank.astype(np.float32))


@lru_cache(maxsize=16)
def dct_matrix(coefficients: int, bands: int) -> FloatArray:
    """The first rows (coefficients, bands) of the orthonormal DCT-II."""
    k, n = np.arange(coefficients)[:, None], np.arange(bands)[None, :]
    matrix = np.sqrt(2.0 / bands) * np.cos(np.pi * k * (2 * n + 1) / (2 * bands))
    matrix[0] /= np.sqrt(2.0)
    return read_only(matrix.astype(np.float32))


def deltas(rows: FloatArray, reach: int = 4) -> FloatArray:
    """Slope of each row (..., R, T) by least squares over 2 * reach + 1 frames.

    The first and the last frame are repeated beyond the ends.
    """
    padding = [(0, 0)] * (rows.ndim - 1) + [(reach, reach)]
    padded = np.pad(rows, padding, mode='edge')
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=-1)
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    slope: FloatArray = around @ (steps / np.square(steps).sum())
    return slope
