"""How speech rises and falls: what moving lips do to sound, whatever is said.

Lips and jaw move at the rate of syllables and so does the level of speech.  A mouth moves most
where the level changes, and more where it is high than in a pause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from fer_ros.audio.resample import resampled
from fer_ros.types import NS_PER_S, AudioWindow, FloatArray

RATE_HZ = 100
"""Values per second."""
STEP_NS = NS_PER_S // RATE_HZ
_SOUND_HZ = 16000
"""Rate of the sound itself."""
_BAND_HZ = (200.0, 3800.0)
"""Where speech is; below are wind, hum and steps, above is the hiss of consonants."""
_RANGE = 1e-3
"""Power below the loud parts of the window by this factor, 30 dB, is silence."""
_SMOOTHING = 8
"""Values that are averaged, 80 ms: half a short syllable."""
_LEVEL_DB = 9.0
_CHANGE_DB_PER_S = 80.0
_RISE_DB_PER_S = 50.0
"""What counts as much as one unit: level, any change of it, and once more a rise."""
_SHORTEST_GAP_S = 0.02
"""Less missing sound than this is no gap."""
_SETTLED_S = 0.05
"""In which the answer of the band-pass to what was before has faded."""

_Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Modulation:
    """The modulation of the sound that was heard in a window."""

    begin_ns: int
    values: FloatArray
    """(N,) at RATE_HZ."""

    def times_ns(self, first: int, count: int) -> _Curve:
        """The moments (count,) that the values from ``first`` on belong to."""
        steps = np.arange(first, first + count, dtype=np.float64)
        return (steps + 0.5) * STEP_NS + self.begin_ns


def modulation_of(window: AudioWindow) -> Modulation | None:
    """The modulation of a window; None where nothing was heard, or not without a gap.

    Sound may have begun within the window and may end before its end.
    """
    if window.newest_ns is None:
        return None
    size = round(len(window.samples) * _SOUND_HZ / window.rate_hz)
    samples = resampled(window, _SOUND_HZ, size).samples
    end = size - round(max(0, window.stamp_ns - window.newest_ns) * _SOUND_HZ / NS_PER_S)
    begin = max(0, end - round(window.coverage * size))
    if samples[: max(0, begin - round(_SHORTEST_GAP_S * _SOUND_HZ))].any():
        return None  # sound from before a gap
    begin_ns = window.stamp_ns - round((size - begin) * NS_PER_S / _SOUND_HZ)
    return Modulation(begin_ns, speech_modulation(samples[begin:end], _SOUND_HZ))


def covariances(motion: FloatArray, sound: FloatArray) -> _Curve:
    """Covariance of motion (N,) with sound (N + M,) at each of its M + 1 places."""
    places = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), len(motion))
    moving = motion - motion.mean(dtype=np.float64)
    result: _Curve = places @ moving / len(motion)  # the mean of the sound falls out
    return result


def correlations(motion: FloatArray, sound: FloatArray) -> _Curve:
    """Pearson's correlation [-1, 1] likewise; 0 where either does not change."""
    places = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), len(motion))
    spread = places.std(axis=1) * motion.std(dtype=np.float64)
    result: _Curve = covariances(motion, sound) / np.maximum(spread, 1e-9)
    return result


def speech_modulation(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Level and change of speech (N,) at RATE_HZ, of sound (T,) at a rate from 8 kHz.

    Value k belongs to the moment (k + 0.5) / RATE_HZ of the sound.  The level is that of the
    band of speech on a logarithmic scale, so a louder microphone only adds a constant.
    """
    size = rate_hz / RATE_HZ
    count = int(len(samples) / size)
    if not count:
        return np.zeros(0, np.float32)
    band = in_band(samples, rate_hz)
    edges = np.round(np.arange(count) * size).astype(np.intp)
    whole = np.square(band[: round(count * size)])
    power = np.add.reduceat(whole, edges) / size
    loud = float(np.quantile(power, 0.95))
    if loud <= 0.0:
        return np.zeros(count, np.float32)
    level_db = 10.0 * np.log10(power / loud + _RANGE)
    change = np.gradient(_averaged(level_db, np.ones(_SMOOTHING))) * RATE_HZ
    mixed = (
        level_db / _LEVEL_DB
        + np.abs(change) / _CHANGE_DB_PER_S
        + np.maximum(change, 0.0) / _RISE_DB_PER_S
    )
    return _averaged(mixed, np.hanning(_SMOOTHING + 2)).astype(np.float32)


def _averaged(values: _Curve, weights: _Curve) -> _Curve:
    """Values (N,) averaged around each; the ends are repeated beyond them."""
    before = (len(weights) - 1) // 2
    padded = np.pad(values, (before, len(weights) - 1 - before), mode='edge')
    return np.convolve(padded, weights / weights.sum(), mode='valid')


def in_band(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Sound (T,) after the band-pass, as if nothing had been before it.

    By its frequency response: scipy.signal, which has such filters, takes half of the time in
    which the node starts.
    """
    size = 2 ** math.ceil(math.log2(len(samples) + _SETTLED_S * rate_hz))
    spectrum = scipy.fft.rfft(samples, size) * _response(rate_hz, size)
    band: FloatArray = scipy.fft.irfft(spectrum, size)[: len(samples)]
    return band


@lru_cache(maxsize=4)
def _response(rate_hz: int, size: int) -> npt.NDArray[np.complex64]:
    """Of a Butterworth band-pass of the third order, at the frequencies of scipy.fft.rfft().

    The analogue filter brought to samples by the bilinear transform; Oppenheim and Schafer,
    Discrete-Time Signal Processing, chapter 7.
    """
    edges_hz = _BAND_HZ[0], min(_BAND_HZ[1], 0.45 * rate_hz)
    low, high = (math.tan(math.pi * edge_hz / rate_hz) for edge_hz in edges_hz)
    warped = np.tan(np.pi * scipy.fft.rfftfreq(size))
    d, n = warped * (high - low), 1j * (warped**2 - low * high)
    exact = d**3 / (n**3 + 2 * n**2 * d + 2 * n * d**2 + d**3)
    response: npt.NDArray[np.complex64] = exact.astype(np.complex64)
    return response
