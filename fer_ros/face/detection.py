"""What every face detector needs: a smaller picture, and its finds back in the full one.

A detector's time grows with the number of pixels, and faces that a robot talks to are large; so
detectors look at a reduced picture.  Boxes and landmarks are continuous coordinates: the left
edge of the first pixel is 0, the right edge of the last one is the width.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from fer_ros.types import Face, FloatArray, ImageArray, read_only


class DetectorError(ValueError):
    """A detector that cannot be built: a library or a model file is missing or broken."""


@dataclass(frozen=True)
class Found:
    """A face in the reduced picture, in its pixels."""

    box: tuple[float, float, float, float]
    """x, y, width, height."""
    score: float
    """[0, 1]"""
    landmarks: FloatArray
    """(5, 2) as in types.Face."""


def shrink(image: ImageArray, longest_edge: int) -> tuple[ImageArray, float]:
    """The image, reduced so that no edge is longer than given, and the factor applied (<= 1).

    A smaller image is returned as it is: enlarging finds no more faces, only costs time.
    """
    height, width = image.shape[:2]
    factor = longest_edge / max(height, width)
    if factor >= 1.0:
        return image, 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    reduced: ImageArray = cv2.resize(  # type: ignore[assignment]
        image, size, interpolation=cv2.INTER_AREA
    )
    return reduced, factor


def to_faces(
    found: Iterable[Found], factor: float, score_threshold: float, min_face_size: int
) -> list[Face]:
    """Faces of the full picture, best score first, without those below either limit.

    ``min_face_size``: the shorter edge of a box in pixels of the full picture.
    """
    faces = []
    for each in found:
        x, y, w, h = (value / factor for value in each.box)
        if each.score >= score_threshold and min(w, h) >= min_face_size:
            landmarks = read_only((each.landmarks / factor).astype(np.float32))
            faces.append(Face(x, y, w, h, min(1.0, each.score), landmarks))
    return sorted(faces, key=lambda face: (-face.score, face.x, face.y))
