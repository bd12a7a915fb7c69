"""Crops show the face where the model expects it, whatever its size, tilt and place."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.face.align import crop_faces
from fer_ros.types import Face

EYES = ((0.3, 0.4), (0.7, 0.4))
SIZE = 48


def ramp(width=200, height=160):
    """Red grows to the right by 1 a pixel, green downwards."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[..., 0] = np.arange(width)[None, :]
    image[..., 1] = np.arange(height)[:, None]
    return image


def with_eyes(left, right):
    """A frontal face with its eyes at two points (x, y); its mouth is 1.1 eye distances below."""
    left, right = np.array(left, dtype=float), np.array(right, dtype=float)
    across = right - left
    down = 1.1 * np.array([-across[1], across[0]])
    middle = (left + right) / 2
    marks = [left, right, middle + down / 2, left + down, right + down]
    x, y = middle - 1.2 * np.hypot(*across)
    edge = 2.4 * np.hypot(*across)
    return Face(x, y, edge, edge, 0.9, np.array(marks, dtype=np.float32))


def dots(points, shape=(240, 320), radius=3):
    """A dark picture with a bright dot at each point."""
    image = np.zeros((*shape, 3), dtype=np.uint8)
    for x, y in points:
        centre = (round((x - 0.5) * 16), round((y - 0.5) * 16))
        cv2.circle(image, centre, radius * 16, (255, 255, 255), -1, cv2.LINE_AA, 4)
    return image


def brightest(crop, left_half):
    """The centre of the bright dot in one half of a crop, as shares of its edge."""
    size = crop.shape[0]
    columns = slice(0, size // 2) if left_half else slice(size // 2, size)
    weights = crop[: size * 6 // 10, columns, 0].astype(float)
    ys, xs = np.mgrid[: weights.shape[0], : weights.shape[1]] + 0.5
    x = (weights * xs).sum() / weights.sum() + columns.start
    return x / size, (weights * ys).sum() / weights.sum() / size


def test_no_faces_give_no_crops():
    assert crop_faces(ramp(), [], SIZE).shape == (0, SIZE, SIZE, 3)


def test_a_box_of_the_crops_size_is_cut_out_to_the_pixel():
    image = np.random.default_rng(0).integers(0, 256, (100, 120, 3), dtype=np.uint8)
    (crop,) = crop_faces(image, [Face(30, 20, SIZE, SIZE, 1.0)], SIZE)
    assert np.array_equal(crop, image[20 : 20 + SIZE, 30 : 30 + SIZE])


def test_the_margin_is_added_on_each_side_of_the_longer_edge():
    (crop,) = crop_faces(ramp(), [Face(80, 50, 32, 40, 1.0)], 80, margin=0.5)
    # the square is 80 wide around the centre (96, 70)
    assert crop[0, 0, :2].tolist() == [56, 30]
    assert crop[-1, -1, :2].tolist() == [135, 109]


@pytest.mark.parametrize('edge', [12, 37, 96, 150])
def test_enlarging_and_reducing_keep_the_place(edge):
    (crop,) = crop_faces(ramp(), [Face(20, 5, edge, edge, 1.0)], SIZE)
    middle = crop[SIZE // 2 - 1 : SIZE // 2 + 1, SIZE // 2 - 1 : SIZE // 2 + 1].mean(axis=(0, 1))
    # a pixel's value is that of its first edge, half a pixel before its centre
    assert middle[:2] == pytest.approx([20 + edge / 2 - 0.5, 5 + edge / 2 - 0.5], abs=0.6)


@pytest.mark.parametrize('tilt_deg', [-40, 0, 25, 90, 180])
@pytest.mark.parametrize('apart', [12, 40, 90])
def test_eyes_come_to_their_places(tilt_deg, apart):
    tilt = np.radians(tilt_deg)
    half = apart / 2 * np.array([np.cos(tilt), np.sin(tilt)])
    middle = np.array([160.0, 120.0])
    left, right = middle - half, middle + half
    face = with_eyes(left, right)

    (crop,) = crop_faces(dots([left, right], radius=max(2, apart // 12)), [face], 96, eyes=EYES)

    assert brightest(crop, left_half=True) == pytest.approx(EYES[0], abs=0.02)
    assert brightest(crop, left_half=False) == pytest.approx(EYES[1], abs=0.02)


def test_a_head_turned_aside_is_not_blown_up():
    frontal = with_eyes((140, 100), (180, 100))
    turned_marks = frontal.landmarks.copy()
    turned_marks[:, 0] = 160 + (turned_marks[:, 0] - 160) * 0.2
    turned = Face(frontal.x, frontal.y, frontal.w, frontal.h, 0.9, turned_marks)
    image = dots([(160, 100), (160, 144)])  # between the eyes, and the mouth

    straight, aside = crop_faces(image, [frontal, turned], 96, eyes=EYES)

    rows = [np.flatnonzero(crop[:, 48, 0] > 128) for crop in (straight, aside)]
    assert np.ptp(rows[1]) == pytest.approx(np.ptp(rows[0]), rel=0.1)


def test_without_landmarks_or_places_for_eyes_the_box_is_used():
    plain = Face(30, 20, 60, 60, 1.0)
    marked = with_eyes((50, 40), (70, 44))
    same_box = Face(marked.x, marked.y, marked.w, marked.h, 1.0)
    image = ramp()
    assert np.array_equal(
        crop_faces(image, [plain], SIZE, eyes=EYES), crop_faces(image, [plain], SIZE)
    )
    assert np.array_equal(crop_faces(image, [marked], SIZE), crop_faces(image, [same_box], SIZE))


def test_eyes_at_one_point_fall_back_to_the_box():
    box = Face(30, 20, 60, 60, 1.0)
    blind = Face(30, 20, 60, 60, 1.0, np.full((5, 2), 50, dtype=np.float32))
    image = ramp()
    assert np.array_equal(
        crop_faces(image, [blind], SIZE, eyes=EYES), crop_faces(image, [box], SIZE)
    )


def test_outside_the_image_its_edge_is_repeated():
    image = ramp()
    corner, outside = crop_faces(
        image, [Face(-30, -30, 60, 60, 1.0), Face(500, 500, 60, 60, 1.0)], 60
    )
    assert corner[:30, :30, :2].max() == 0
    assert corner[45, 45, :2].tolist() == [15, 15]
    assert (outside == image[-1, -1]).all()


def test_fine_patterns_do_not_alias_when_reduced_strongly():
    rows, columns = np.indices((480, 480))
    board = np.where((rows + columns) % 2, 255, 0).astype(np.uint8)
    image = np.repeat(board[..., None], 3, axis=2)
    for edge in (96, 200, 333, 470):
        (crop,) = crop_faces(image, [Face(3, 3, edge, edge, 1.0)], SIZE)
        assert np.abs(crop.astype(int) - 127).max() < 70
        assert crop.std() < 25


def test_a_reduced_crop_is_the_mean_of_the_pixels_below():
    image = np.random.default_rng(3).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    (crop,) = crop_faces(image, [Face(4, 8, 4 * SIZE, 4 * SIZE, 1.0)], SIZE)
    region = image[8 : 8 + 4 * SIZE, 4 : 4 + 4 * SIZE]
    expected = cv2.resize(region, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    assert np.abs(crop.astype(int) - expected).max() <= 1


number = st.floats(-300, 500, width=32)


@given(number, number, st.floats(0.5, 900, width=32), st.lists(number, min_size=10, max_size=10))
@settings(max_examples=60, deadline=None)
def test_any_face_gives_a_crop(x, y, edge, marks):
    landmarks = np.array(marks, dtype=np.float32).reshape(5, 2)
    faces = [Face(x, y, edge, edge, 0.5), Face(x, y, edge, edge, 0.5, landmarks)]
    assert crop_faces(ramp(), faces, SIZE, 0.1, EYES).shape == (2, SIZE, SIZE, 3)
