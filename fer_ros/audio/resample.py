"""Brings a window of sound to the rate of a model.

A window is resampled when it is read, not chunk by chunk when it comes: so it is the same whatever
order its chunks came in.  Three seconds of 48 kHz take a third of a millisecond.
"""

from __future__ import annotations

import numpy as np
import soxr

from fer_ros.types import AudioWindow, FloatArray, read_only

LOWEST_HZ, HIGHEST_HZ = 4000, 384000


class ResampleError(ValueError):
    """A rate that no microphone has."""


def checked_rate(rate_hz: int) -> int:
    """The same rate.  Raises ResampleError for one outside [LOWEST_HZ, HIGHEST_HZ]."""
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
        raise ResampleError(f'rate {rate_hz} Hz is outside [{LOWEST_HZ}, {HIGHEST_HZ}]')
    return rate_hz


def resampled(window: AudioWindow, rate_hz: int, count: int) -> AudioWindow:
    """The last ``count`` samples of a window at another rate (soxr, high quality)."""
    if window.rate_hz == rate_hz:
        samples: FloatArray = window.samples[len(window.samples) - count :]
    else:
        samples = np.zeros(count, dtype=np.float32)
        if window.newest_ns is not None:
            brought = soxr.resample(window.samples, window.rate_hz, rate_hz)[-count:]
            samples[count - len(brought) :] = brought
    return AudioWindow(
        window.stamp_ns, rate_hz, read_only(samples), window.coverage, window.newest_ns
    )
