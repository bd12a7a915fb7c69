"""Face detection with OpenCV's YuNet, for any machine that OpenCV runs on.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros.config import setting
from fer_ros.face.detection import DetectorError, Found, shrink, to_faces
from fer_ros.types import Face, ImageArray

_NMS_IOU = 0.3
_MOST_FACES = 500
_SMALLEST_EDGE = 16
"""Below this the net's coarsest grid has no cell, and there is no face to see."""


class YuNetDetector:
    """cv2.FaceDetectorYN on a reduced picture.  One object serves one thread at a time.

    It uses as many threads as ``cv2.setNumThreads`` allows.
    """

    @dataclass(frozen=True)
    class Config:
        """Settings of the detector."""

        model_file: str = setting(
            'face_detection_yunet.onnx', "Path of YuNet's ONNX file; ~ is the home folder"
        )
        input_size: int = setting(
            320, 'Longest edge of the picture that is searched', unit='px', ge=64, le=4096
        )
        score_threshold: float = setting(0.6, 'Faces below this score are dropped', ge=0.0, le=1.0)
        min_face_size: int = setting(
            24, 'Faces with a shorter edge below this are dropped', unit='px', ge=1
        )

    def __init__(self, config: Config) -> None:
        """Load the model.  Raises DetectorError naming the file and where to get it."""
        self._config = config
        path = Path(config.model_file).expanduser()
        if not path.is_file():
            raise DetectorError(
                f'model_file {config.model_file!r} is not a file; YuNet (MIT) is '
                'models/face_detection_yunet/face_detection_yunet_*.onnx of '
                'https://github.com/opencv/opencv_zoo'
            )
        self._size = (320, 320)
        try:
            self._net = cv2.FaceDetectorYN.create(
                str(path), '', self._size, config.score_threshold, _NMS_IOU, _MOST_FACES
            )
            self._net.detect(np.zeros((320, 320, 3), dtype=np.uint8))
        except cv2.error as error:
            raise DetectorError(f'model_file {path} is not a YuNet model: {error}') from error

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of an RGB image (H, W, 3), best score first, in pixels of that image."""
        reduced, factor = shrink(image, self._config.input_size)
        height, width = reduced.shape[:2]
        if min(height, width) < _SMALLEST_EDGE:
            return []
        if (width, height) != self._size:  # only then, as it builds the net anew
            self._net.setInputSize((width, height))
            self._size = (width, height)
        _, rows = self._net.detect(cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
        found = [] if rows is None else [_found(row) for row in np.asarray(rows, np.float32)]
        return to_faces(found, factor, self._config.score_threshold, self._config.min_face_size)


def _found(row: npt.NDArray[np.float32]) -> Found:
    x, y, w, h = row[:4].tolist()
    return Found(box=(x, y, w, h), score=float(row[14]), landmarks=row[4:14].reshape(5, 2))
