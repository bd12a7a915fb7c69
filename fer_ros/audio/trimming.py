"""Cuts the silence off recorded utterances and fits them into a window.

Corpora surround each utterance with up to two seconds of silence; a net that listens to the last
few seconds should not learn from how much of it there is.
"""

from __future__ import annotations

import numpy as np

from fer_ros.types import FloatArray

_FRAME_S = 0.02
_MARGIN_S = 0.1


def trim(samples: FloatArray, rate_hz: int, below_peak_db: float = 35.0) -> FloatArray:
    """The sound (N,) from its first to its last 20 ms that are loud, with 0.1 s around them.

    Loud is what has at least the power of the loudest frame less ``below_peak_db``.
    """
    size = round(_FRAME_S * rate_hz)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(frames):
        return samples
    power = np.square(frames).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10.0 ** (-below_peak_db / 10.0))
    margin = round(_MARGIN_S * rate_hz)
    first, last = loud[0] * size - margin, (loud[-1] + 1) * size + margin
    return samples[max(0, first) : last]


def fit(samples: FloatArray, size: int) -> FloatArray:
    """Sound (size,): the middle of a longer one, a shorter one with silence before it."""
    surplus = len(samples) - size
    if surplus >= 0:
        return samples[surplus // 2 : surplus // 2 + size]
    return np.concatenate((np.zeros(-surplus, samples.dtype), samples))
