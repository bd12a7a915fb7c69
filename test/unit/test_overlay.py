"""What is drawn into the picture, by what changes in it and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.labels import LABELS
from fer_ros.overlay import MIN_HEIGHT, FaceView, Scene, draw
from fer_ros.types import Expression

SAD = Expression(1, 'sad', 0.6)
SHARES = st.floats(-3.0, 3.0)


def picture(width=640, height=480):
    return np.full((height, width, 3), 120, np.uint8)


def changed(scene, width=640, height=480):
    """Which pixels drawing changed."""
    image = picture(width, height)
    return (draw(image, scene) != image).any(axis=2)


def full_scene(box=(0.3, 0.3, 0.6, 0.7)):
    return Scene(
        faces=[FaceView('f00001', box, SAD, in_focus=True)],
        emotion=SAD,
        scores={'sad': 0.6, 'neutral': 0.4},
        alone={'face': SAD, 'voice': Expression(1, 'neutral', 0.5)},
        weights={'face': 0.62, 'voice': 0.38},
        numbers=['10 Hz', 'latency 43 ms'],
    )


def test_nothing_known_leaves_the_picture_as_it_is():
    assert not changed(Scene()).any()


def test_the_picture_that_is_given_is_not_drawn_on():
    image = picture()
    image.flags.writeable = False
    draw(image, full_scene())
    assert (image == 120).all()


def test_a_face_is_outlined_and_left_visible():
    where = changed(Scene(faces=[FaceView('f00001', (0.25, 0.25, 0.75, 0.75), SAD)]))
    assert where[120:360, 160].all()
    assert where[120:360, 480].all()
    assert where[360, 160:480].all()
    assert not where[135:345, 175:465].any(), 'the face itself is covered'
    assert not where[:, 500:].any()
    assert not where[375:].any()


def test_the_label_stays_in_the_picture_where_the_face_leaves_it():
    where = changed(Scene(faces=[FaceView('f00001', (0.9, -0.2, 1.3, 0.3), SAD)]))
    assert where[:30, 500:].any(), 'the label above the upper edge'


def test_the_numbers_are_in_a_strip_at_the_bottom():
    where = changed(Scene(numbers=['latency 43 ms']))
    assert where[-5].all()
    assert not where[:400].any()


@pytest.mark.parametrize('label', LABELS)
def test_a_more_probable_label_has_a_longer_bar(label):
    def bright(share):
        drawn = draw(picture(), Scene(scores={label: share})).astype(int)
        # the tracks are darker than the picture, the bars brighter in some channel
        return (drawn.max(axis=2) > 140).sum()

    empty, half, full = (bright(share) for share in (0.0, 0.5, 1.0))
    assert empty < half < full


@pytest.mark.parametrize(('xmin', 'side'), [(0.0, 'right'), (0.6, 'left')])
def test_the_bars_stand_where_the_face_is_not(xmin, side):
    plain = Scene(faces=[FaceView('f00001', (xmin, 0.4, xmin + 0.4, 0.9))])
    with_bars = Scene(faces=plain.faces, scores={'sad': 1.0})
    bars = (draw(picture(), with_bars) != draw(picture(), plain)).any(axis=2)
    left, right = bars[:, :320].any(), bars[:, 320:].any()
    assert (left, right) == (side == 'left', side == 'right')


@pytest.mark.parametrize(('width', 'height'), [(176, 144), (320, 240), (64, 48)])
def test_a_small_picture_is_enlarged_by_a_whole_factor(width, height):
    drawn = draw(picture(width, height), full_scene())
    factor = drawn.shape[0] / height
    assert factor == int(factor)
    assert drawn.shape == (height * factor, width * factor, 3)
    assert drawn.shape[0] >= MIN_HEIGHT or factor == 6


@pytest.mark.parametrize(('width', 'height'), [(640, 480), (1280, 720), (1920, 1080)])
def test_what_is_drawn_takes_the_same_share_of_any_picture(width, height):
    share = changed(full_scene(), width, height).mean()
    assert 0.1 < share < 0.35


@settings(deadline=None, max_examples=60)
@given(
    box=st.tuples(SHARES, SHARES, SHARES, SHARES),
    size=st.sampled_from([(1, 1), (7, 300), (300, 7), (160, 120), (500, 490)]),
)
def test_boxes_anywhere_and_pictures_of_any_size_are_drawn(box, size):
    drawn = draw(picture(*size), full_scene(box))
    assert drawn.dtype == np.uint8
    assert drawn.shape[0] >= size[1]


def test_the_weight_of_a_modality_is_told_beside_what_it_says():
    plain = Scene(emotion=SAD, alone={'face': SAD})
    weighed = Scene(emotion=SAD, alone={'face': SAD}, weights={'face': 0.9, 'voice': 0.1})
    assert (draw(picture(), plain) != draw(picture(), weighed)).any()
    silent = Scene(emotion=SAD, alone={'face': SAD}, weights={'face': 0.9})
    assert (draw(picture(), silent) != draw(picture(), weighed)).any(), 'an aged voice counts'


def test_a_label_that_is_not_ours_is_drawn_as_well():
    scene = Scene(faces=[FaceView('f1', (0.1, 0.1, 0.2, 0.2), Expression(1, 'bored', 0.5))])
    assert changed(scene).any()
