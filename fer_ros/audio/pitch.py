"""How strongly each pitch is heard in a frame: intonation, whatever the timbre.

The magnitudes of a frame are compared with combs, cosines over frequency with one tooth at each
multiple of the pitch; that is its autocorrelation at the lag of one period, of a spectrum whose
range is compressed (Tolonen and Karjalainen 2000, doi 10.1109/89.876309).  Rows are even on a
logarithmic scale, so a voice that is twice as high draws the same curve elsewhere.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fer_ros.types import FloatArray, read_only

LOW_HZ, HIGH_HZ = 70.0, 560.0
"""Pitch of the first and of the last row."""
HARMONICS_HZ = (50.0, 3000.0)
"""What is compared with the combs."""
SILENT = 1e-6
"""Sum of magnitudes below which a frame has no pitch."""
MEAN, STD = 0.1, 0.2
"""By which networks see the salience centred and scaled."""


def salience(power: FloatArray, rate_hz: int, rows: int) -> FloatArray:
    """Salience (..., rows, frames) in [0, 1] of each pitch from power spectra (..., frames, bins).

    1 is a sum of cosines of that pitch; noise is near 0, and so is silence.
    """
    magnitude = np.sqrt(power)
    combs, heard = basis(rate_hz, power.shape[-1], rows)
    share = (magnitude @ combs.T) / np.maximum(magnitude @ heard, np.float32(SILENT))[..., None]
    found: FloatArray = np.swapaxes(np.maximum(share, np.float32(0.0)), -1, -2)
    return found


@lru_cache(maxsize=16)
def basis(rate_hz: int, bins: int, rows: int) -> tuple[FloatArray, FloatArray]:
    """Combs (rows, bins), and (bins,) ones where a bin is compared with them."""
    hz = np.linspace(0.0, rate_hz / 2, bins)
    pitch_hz = LOW_HZ * (HIGH_HZ / LOW_HZ) ** np.linspace(0.0, 1.0, rows)
    heard = (hz >= HARMONICS_HZ[0]) & (hz <= HARMONICS_HZ[1])
    combs = np.cos(2 * np.pi * hz / pitch_hz[:, None]) * heard
    return read_only(combs.astype(np.float32)), read_only(heard.astype(np.float32))
