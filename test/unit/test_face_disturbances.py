"""The pictures that robustness is measured on."""

import cv2
import numpy as np
import pytest
from face_disturbances import DISTURBANCES

CROPS = np.stack(
    [
        cv2.resize(each, (48, 48), interpolation=cv2.INTER_CUBIC)
        for each in np.random.default_rng(0).integers(20, 235, (3, 9, 9), dtype=np.uint8)
    ]
)


@pytest.mark.parametrize('disturbance', DISTURBANCES, ids=lambda each: each.name)
def test_each_spoils_more_the_stronger_it_is_and_always_alike(disturbance):
    changes = []
    for strength in disturbance.strengths:
        spoiled = disturbance.apply(CROPS, strength)
        assert spoiled.shape == CROPS.shape
        assert spoiled.dtype == np.uint8
        np.testing.assert_array_equal(spoiled, disturbance.apply(CROPS, strength))
        changes.append(float(np.abs(spoiled.astype(int) - CROPS).mean()))
    assert changes[0] > 0
    assert changes[-1] > changes[0]


def test_covered_eyes_leave_the_mouth_and_the_other_way_round():
    eyes, mouth = (d for d in DISTURBANCES if d.name.endswith('covered'))
    np.testing.assert_array_equal(eyes.apply(CROPS, 0.25)[:, 30:], CROPS[:, 30:])
    np.testing.assert_array_equal(mouth.apply(CROPS, 0.4)[:, :26], CROPS[:, :26])
