from dataclasses import replace

import cv2
import numpy as np
import pytest

from fakes import seconds
from fer_ros.face.mouth import MouthMeter
from fer_ros.types import Face, Frame

SIZE = 240
LANDMARKS = np.array([[90, 80], [150, 80], [120, 115], [100, 150], [140, 150]], np.float32)


def face_at(x=0.0, y=0.0, track_id=3):
    landmarks = LANDMARKS + np.float32([x, y])
    return Face(60 + x, 40 + y, 120, 150, 0.9, landmarks, track_id)


def picture(mouth=4, eyes=4, x=0.0, y=0.0, gain=1.0):
    """A face on a textured ground with a mouth and eyes that are open by some pixels."""
    random = np.random.default_rng(1)
    skin = cv2.GaussianBlur(random.uniform(60, 180, (SIZE, SIZE)), (0, 0), 4)
    image = np.ascontiguousarray(100 + 4 * (skin - skin.mean()))
    cv2.ellipse(image, (120, 150), (22, mouth), 0, 0, 360, 20, -1)
    for left in (90, 150):
        cv2.ellipse(image, (left, 80), (10, eyes), 0, 0, 360, 30, -1)
    moved = cv2.warpAffine(image, np.float64([[1, 0, x], [0, 1, y]]), (SIZE, SIZE), borderMode=1)
    return np.repeat(np.clip(moved * gain, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def amount_between(before, after, face=None, step_s=0.04):
    meter = MouthMeter()
    face = face or face_at()
    assert meter.measure(Frame(seconds(1.0), '', before), [face]) == {}
    return meter.measure(Frame(seconds(1.0 + step_s), '', after), [face])[3].amount


STILL = amount_between(picture(), picture())
TALKING = amount_between(picture(mouth=4), picture(mouth=12))


def test_a_mouth_that_opens_moves_more_than_one_that_rests():
    assert TALKING > STILL + 1.0


def test_the_further_it_opens_the_more_it_moves():
    assert TALKING > amount_between(picture(mouth=4), picture(mouth=6)) > STILL


@pytest.mark.parametrize(('x', 'y'), [(4, 0), (0, 5), (-3, 4)])
def test_a_head_that_moves_is_no_mouth_that_moves(x, y):
    assert amount_between(picture(), picture(x=x, y=y)) < TALKING - 0.5


def test_a_mouth_is_seen_moving_in_a_head_that_moves():
    both = amount_between(picture(mouth=4), picture(mouth=12, x=4, y=3), face_at(4, 3))
    assert both > amount_between(picture(), picture(x=4, y=3), face_at(4, 3)) + 0.5


def test_landmarks_that_shake_are_no_motion():
    meter = MouthMeter()
    meter.measure(Frame(seconds(1.0), '', picture()), [face_at()])
    shaken = meter.measure(Frame(seconds(1.04), '', picture()), [face_at(5, -4)])
    assert shaken[3].amount == pytest.approx(STILL, abs=0.1)


@pytest.mark.parametrize('gain', [0.8, 1.2])
def test_light_that_changes_is_no_mouth_that_moves(gain):
    assert amount_between(picture(), picture(gain=gain)) < TALKING - 1.5


def test_darkness_does_not_hide_a_mouth():
    dark = amount_between(picture(mouth=4, gain=0.3), picture(mouth=12, gain=0.3))
    assert dark == pytest.approx(TALKING, abs=0.2)


def test_eyes_that_blink_are_no_mouth():
    assert amount_between(picture(eyes=6), picture(eyes=1)) < TALKING - 0.5


def test_a_face_without_landmarks_is_cut_out_by_its_box():
    box = Face(60, 30, 120, 160, 0.9, None, 3)
    assert amount_between(picture(mouth=4), picture(mouth=12), box) > STILL + 1.0


def test_the_motion_lies_between_both_frames():
    meter = MouthMeter()
    meter.measure(Frame(seconds(1.0), '', picture()), [face_at()])
    assert meter.measure(Frame(seconds(1.1), '', picture()), [face_at()])[3].stamp_ns == seconds(
        1.05
    )


def test_each_tracked_face_has_its_own():
    meter = MouthMeter()
    faces = [face_at(track_id=1), face_at(track_id=2), face_at(track_id=None)]
    meter.measure(Frame(seconds(1.0), '', picture()), faces)
    assert set(meter.measure(Frame(seconds(1.04), '', picture()), faces)) == {1, 2}


def test_a_face_in_a_group_moves_as_it_does_alone():
    meter = MouthMeter()
    faces = [face_at(0, 0, 1), face_at(6, -4, 2), face_at(-70, 20, 3)]
    meter.measure(Frame(seconds(1.0), '', picture(mouth=4)), faces)
    together = meter.measure(Frame(seconds(1.04), '', picture(mouth=12, x=2)), faces)
    for face in faces:
        alone = replace(face, track_id=3)
        expected = amount_between(picture(mouth=4), picture(mouth=12, x=2), alone)
        assert together[face.track_id].amount == pytest.approx(expected, abs=1e-5)


def jumped_back(meter):
    return Frame(seconds(0.5), '', picture())


def after_a_gap(meter):
    return Frame(seconds(1.5), '', picture())


def of_another_size(meter):
    return Frame(seconds(1.04), '', np.zeros((50, 60, 3), np.uint8))


def after_reset(meter):
    meter.reset()
    return Frame(seconds(1.04), '', picture())


def after_nobody(meter):
    meter.measure(Frame(seconds(1.02), '', picture()), [])
    return Frame(seconds(1.04), '', picture())


@pytest.mark.parametrize(
    'frame', [jumped_back, after_a_gap, of_another_size, after_reset, after_nobody]
)
def test_frames_that_do_not_follow_each_other_are_not_compared(frame):
    meter = MouthMeter()
    meter.measure(Frame(seconds(1.0), '', picture()), [face_at()])
    assert meter.measure(frame(meter), [face_at()]) == {}


def test_a_picture_without_anything_in_it_gives_a_number():
    blank = np.zeros((SIZE, SIZE, 3), np.uint8)
    assert np.isfinite(amount_between(blank, blank))


def test_a_face_that_reaches_out_of_the_picture_gives_a_number():
    assert np.isfinite(amount_between(picture(), picture(), face_at(200, 180)))
