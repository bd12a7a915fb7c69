"""Valence and arousal of a distribution over emotions.

They are not seen by a network of their own: they are the mean of published coordinates of the
eight emotions, weighted by their probabilities.  The coordinates are the mean ratings of the same
eight words by English-speaking adults (Warriner, Kuperman and Brysbaert 2013, Norms of valence,
arousal, and dominance for 13,915 English lemmas, doi 10.3758/s13428-012-0314-x), taken from the
rating of 'neutral' and divided by half the scale.  So a neutral face is at 0, 0, and nothing is
said of how strongly an emotion shows: only how certain it is.
"""

from __future__ import annotations

import numpy as np

from fer_ros.labels import LABELS
from fer_ros.types import FloatArray, read_only

RATINGS = {
    'neutral': (5.50, 3.45),
    'happy': (8.47, 6.05),
    'sad': (2.10, 3.49),
    'surprised': (6.57, 5.95),
    'scared': (2.80, 6.10),
    'disgusted': (2.68, 4.89),
    'angry': (2.53, 6.20),
    'contempt': (3.22, 4.61),
}
"""Mean rated valence (1 unhappy, 9 happy) and arousal (1 calm, 9 excited) of each word."""

_HALF_SCALE = 4.0
_ORIGIN = np.array(RATINGS['neutral'])

COORDINATES: FloatArray = read_only(
    np.array([(np.array(RATINGS[label]) - _ORIGIN) / _HALF_SCALE for label in LABELS], np.float32)
)
"""(C, 2) valence and arousal in [-1, 1] of each of labels.LABELS."""


def valence_arousal(probabilities: FloatArray) -> tuple[float, float]:
    """Valence and arousal in [-1, 1] of probabilities (C,)."""
    valence, arousal = probabilities @ COORDINATES
    return float(valence), float(arousal)
