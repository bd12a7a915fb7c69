"""The contract of face detectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_ros.protocols import FaceDetector
from fer_ros.testing.requiring import pictures, require
from fer_ros.types import Face, ImageArray, read_only


def check_face_detector(detector: FaceDetector, face_image: ImageArray | None = None) -> None:
    """Run a detector on pictures without faces, of odd sizes, and on one of a face if given."""
    require(isinstance(detector, FaceDetector), 'there is no method detect')
    for height, width in ((240, 320), (321, 123), (40, 400), (16, 16), (1, 1)):
        for image in pictures(height, width):
            _check_faces(detector.detect(image), f'{width}x{height}')
    if face_image is None:
        return
    image = read_only(face_image.copy())
    faces = detector.detect(image)
    require(len(faces) > 0, 'no face was found in a picture of one')
    _check_faces(faces, 'the picture of a face')
    detector.detect(next(pictures(240, 320)))
    again = detector.detect(image)
    require(
        [_box(face) for face in faces] == [_box(face) for face in again],
        'the same picture gave other faces after another one: a detector keeps no memory',
    )


def _check_faces(faces: Sequence[Face], where: str) -> None:
    require(isinstance(faces, list), f'{where}: faces must be a list')
    scores = [face.score for face in faces]
    require(scores == sorted(scores, reverse=True), f'{where}: faces must be best first')
    for face in faces:
        require(0.0 <= face.score <= 1.0, f'{where}: score {face.score} is not in [0, 1]')
        box = _box(face)
        require(bool(np.isfinite(box).all()), f'{where}: box {box} is not finite')
        require(face.w > 0 and face.h > 0, f'{where}: box {box} is empty')
        require(face.track_id is None, f'{where}: a detector gives no track_id')
        if face.landmarks is not None:
            shape, kind = face.landmarks.shape, face.landmarks.dtype
            require(
                shape == (5, 2) and kind == np.float32,
                f'{where}: landmarks are {kind} {shape}, must be float32 (5, 2)',
            )


def _box(face: Face) -> tuple[float, float, float, float]:
    return face.x, face.y, face.w, face.h
