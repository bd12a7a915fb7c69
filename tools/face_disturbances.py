"""What spoils pictures of faces on a robot, made from good ones; for tools/face_robustness.py.

Every change takes and gives grey crops uint8 (N, S, S); lengths are in pixels of a 48 px crop, the
resolution of the test pictures, or shares of its edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Crops = npt.NDArray[np.uint8]
Change = Callable[[npt.NDArray[np.uint8], float], npt.NDArray[np.floating]]
_READ_NOISE = 2.0
"""Grey levels of noise that a sensor adds however dark it is."""
_SEED = 0


@dataclass(frozen=True)
class Disturbance:
    """One way to spoil pictures, at strengths from harmless to harsh."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    change: Change
    neutral: float
    """The strength that changes nothing, for the left end of a curve."""

    def apply(self, crops: Crops, strength: float) -> Crops:
        """Changed copies of crops."""
        return np.stack([_to_bytes(self.change(crop, strength)) for crop in crops])


def _to_bytes(values: npt.NDArray[np.floating]) -> Crops:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _blur(crop: Crops, sigma: float) -> npt.NDArray[np.floating]:
    return cv2.GaussianBlur(crop.astype(np.float32), (0, 0), sigma)


def _low_resolution(crop: Crops, edge: float) -> npt.NDArray[np.floating]:
    small = cv2.resize(crop, (int(edge), int(edge)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, crop.shape, interpolation=cv2.INTER_LINEAR)


def _dark(crop: Crops, gain: float) -> npt.NDArray[np.floating]:
    return crop * gain + _noise_like(crop) * _READ_NOISE


def _noise(crop: Crops, deviation: float) -> npt.NDArray[np.floating]:
    return crop + _noise_like(crop) * deviation


def _noise_like(crop: Crops) -> npt.NDArray[np.floating]:
    seed = [_SEED, int(crop.sum())]
    return np.random.default_rng(seed).standard_normal(crop.shape)


def _cover(middle: float) -> Change:
    def change(crop: Crops, height: float) -> npt.NDArray[np.floating]:
        edge = len(crop)
        covered = crop.astype(np.float32)
        top, bottom = round((middle - height / 2) * edge), round((middle + height / 2) * edge)
        covered[max(top, 0) : bottom] = covered.mean()
        return covered

    return change


def _turn(crop: Crops, degrees: float) -> npt.NDArray[np.floating]:
    middle = ((len(crop) - 1) / 2,) * 2
    return _warp(crop, np.vstack([cv2.getRotationMatrix2D(middle, degrees, 1.0), [0, 0, 1]]))


def _yaw(crop: Crops, degrees: float) -> npt.NDArray[np.floating]:
    """The picture as a plane turned about its vertical axis, seen from three edges away."""
    edge, distance = len(crop), 3.0
    sin, cos = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    depth = distance / (distance + corners[:, 0] * sin)
    seen = np.stack([corners[:, 0] * cos * depth, corners[:, 1] * depth], 1)
    from_, to = (np.float32((points + 0.5) * (edge - 1)) for points in (corners, seen))
    return _warp(crop, cv2.getPerspectiveTransform(from_, to))


def _shift(crop: Crops, pixels: float) -> npt.NDArray[np.floating]:
    """Towards a corner that depends on the picture."""
    x, y = (1 if int(crop.sum()) >> bit & 1 else -1 for bit in (0, 1))
    return _warp(crop, np.array([[1, 0, x * pixels], [0, 1, y * pixels], [0, 0, 1]], float))


def _warp(crop: Crops, matrix: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    values = crop.astype(np.float32)
    return cv2.warpPerspective(values, matrix, crop.shape, borderMode=cv2.BORDER_REPLICATE)


DISTURBANCES = (
    Disturbance('blur', 'px deviation', (0.5, 1.0, 1.5, 2.0, 3.0), _blur, 0.0),
    Disturbance('resolution', 'px', (36, 24, 18, 12, 8), _low_resolution, 48),
    Disturbance('darkness', 'of the light', (0.5, 0.25, 0.1, 0.05), _dark, 1.0),
    Disturbance('noise', 'grey levels deviation', (5, 10, 20, 30, 45), _noise, 0.0),
    Disturbance('eyes covered', 'of the height', (0.15, 0.25), _cover(0.38), 0.0),
    Disturbance('mouth covered', 'of the height', (0.2, 0.4), _cover(0.79), 0.0),
    Disturbance('turned in the plane', 'degrees', (5, 10, 20, 30, 45), _turn, 0.0),
    Disturbance('turned aside, as a flat picture', 'degrees', (15, 30, 45, 60), _yaw, 0.0),
    Disturbance('off centre, both ways', 'px', (2, 4, 6, 9), _shift, 0.0),
)
