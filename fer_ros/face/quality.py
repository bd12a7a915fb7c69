"""How usable a face crop is, so that fusion can trust a poor one less."""

from __future__ import annotations

import cv2
import numpy as np

from fer_ros.types import Face, ImageArray

_FULL_SIZE = 48.0
"""Edge of a face in pixels from which more of them help no more."""
_FULL_SHARPNESS = 200.0
"""Variance of the Laplacian of a crop in focus."""
_FULL_CONTRAST = 30.0
"""Standard deviation of grey levels of a well-lit crop."""


def crop_quality(crop: ImageArray, face: Face) -> float:
    """Quality [0, 1] of an RGB crop (S, S, 3) of a face: the least of four shares.

    Size of the face in the image, sharpness (variance of the Laplacian; Pech-Pacheco et al.,
    ICPR 2000), contrast, and frontal pose; each grows with the quality and is cut off at 1.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    shares = (
        min(face.w, face.h) / _FULL_SIZE,
        float(cv2.Laplacian(grey, cv2.CV_32F).var()) / _FULL_SHARPNESS,
        float(grey.std()) / _FULL_CONTRAST,
        _frontal(face),
    )
    return float(np.clip(min(shares), 0.0, 1.0))


def _frontal(face: Face) -> float:
    """1 with the nose midway between the eyes, 0 with the nose beside one; 1 where unknown."""
    if face.landmarks is None:
        return 1.0
    left, right, nose = face.landmarks[:3]
    across = right - left
    width = float(across @ across)
    if width == 0.0:
        return 0.0
    along = float((nose - left) @ across) / width
    return 1.0 - min(1.0, abs(2.0 * along - 1.0))
