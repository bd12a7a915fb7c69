"""Crops of faces as a backbone wants them.

Where the eyes are known, a similarity transform puts them where the model was trained to find
them, so turned heads come upright and sizes agree; else the box is cut out with a margin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros.protocols import EyePositions
from fer_ros.types import Face, FloatArray, ImageArray

_Matrix = npt.NDArray[np.float64]
_CLOSEST_EYES = 1e-3
"""Eyes that are closer, in pixels, give no direction."""
_MOUTH_TO_EYES = 1.16
"""Distance from eyes to mouth over that between the eyes in a frontal face (ArcFace template)."""
_FINEST = 8
"""The finest grid, in samples per pixel of the crop along an edge, that is averaged."""


def crop_faces(
    image: ImageArray,
    faces: Sequence[Face],
    size: int,
    margin: float = 0.0,
    eyes: EyePositions | None = None,
) -> ImageArray:
    """Square crops (N, size, size, 3) of an RGB image.

    ``margin`` is added on each side of a box as a share of its longer edge.  ``eyes`` are the
    positions that the eyes get where landmarks are known.  What lies outside the image repeats
    its edge.
    """
    crops = np.empty((len(faces), size, size, 3), dtype=np.uint8)
    for index, face in enumerate(faces):
        crops[index] = _warp(image, _to_crop(face, size, margin, eyes), size)
    return crops


def crop_grey(
    images: Iterable[ImageArray], face: Face, size: int, eyes: EyePositions
) -> list[ImageArray]:
    """Such a crop (size, size) of the same place in each of some grey images (H, W), no margin."""
    to_crop = _to_crop(face, size, 0.0, eyes)
    return [_warp(image, to_crop, size) for image in images]


def resized(image: ImageArray, size: int) -> ImageArray:
    """A picture that is the crop of a face already, as a square of the wanted size."""
    shrinks = image.shape[0] > size or image.shape[1] > size
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=way), dtype=np.uint8)


def _to_crop(face: Face, size: int, margin: float, eyes: EyePositions | None) -> _Matrix:
    """The 2 x 3 matrix from pixels of the image to pixels of the crop."""
    if eyes is not None and face.landmarks is not None:
        matrix = _eyes_to(face.landmarks, eyes, size)
        if matrix is not None:
            return matrix
    edge = max(face.w, face.h) * (1.0 + 2.0 * margin)
    scale = size / edge
    x, y = face.x + face.w / 2, face.y + face.h / 2
    return np.array([[scale, 0.0, size / 2 - scale * x], [0.0, scale, size / 2 - scale * y]])


def _eyes_to(landmarks: FloatArray, eyes: EyePositions, size: int) -> _Matrix | None:
    """The similarity transform that puts the eyes level, where they shall be in the crop.

    A head turned aside has its eyes close together in the image but not its eyes and mouth, so
    the larger of both distances tells the size.  None where the eyes coincide.
    """
    left, right, _, mouth_left, mouth_right = (complex(x, y) for x, y in landmarks.tolist())
    middle, across = (left + right) / 2, right - left
    if abs(across) < _CLOSEST_EYES:
        return None
    down = abs((mouth_left + mouth_right) / 2 - middle)
    span = max(abs(across), down / _MOUTH_TO_EYES)
    to_left, to_right = (complex(x, y) * size for x, y in eyes)
    factor = (to_right - to_left) / (across / abs(across) * span)
    offset = (to_left + to_right) / 2 - factor * middle
    return np.array(
        [[factor.real, -factor.imag, offset.real], [factor.imag, factor.real, offset.imag]]
    )


def _warp(image: ImageArray, to_crop: _Matrix, size: int) -> ImageArray:
    """Sample the crop; a strong reduction averages over pixels, so that nothing aliases."""
    rows = to_crop.tolist()  # a few numbers are quicker as numbers
    finer = min(_FINEST, max(1, round(1.0 / math.hypot(rows[0][0], rows[1][0]))))
    # cv2 counts from the centre of the first pixel, faces from its edge
    matrix = np.array(
        [[a * finer, b * finer, c * finer + ((a + b) * finer * 0.5 - 0.5)] for a, b, c in rows]
    )
    warped: ImageArray = cv2.warpAffine(  # type: ignore[assignment]
        image,
        matrix,
        (size * finer, size * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if finer > 1:
        warped = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)  # type: ignore
    return warped
