import numpy as np
import pytest

from fer_ros.face.mouth import MouthMotion
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.types import NS_PER_S


def history_of(stamps_s, track_id=1, seconds=6.0):
    history = MouthHistory(seconds)
    for stamp_s in stamps_s:
        history.add({track_id: MouthMotion(round(stamp_s * NS_PER_S), 10.0 * stamp_s)})
    return history


def at(*times_s):
    return np.array(times_s) * NS_PER_S


def test_amounts_are_interpolated():
    history = history_of([1.0, 1.1, 1.2])
    np.testing.assert_allclose(history.series(1, at(1.0, 1.05, 1.15, 1.2)), [10, 10.5, 11.5, 12])


@pytest.mark.parametrize('times_s', [(0.99, 1.1), (1.1, 1.21), (0.1, 0.2), (2.0, 3.0)])
def test_nothing_is_said_beyond_what_was_seen(times_s):
    assert history_of([1.0, 1.1, 1.2]).series(1, at(*times_s)) is None


def test_nothing_is_said_over_a_gap():
    history = history_of([1.0, 1.2, 1.6, 1.8])
    assert history.series(1, at(1.1, 1.7)) is None
    assert history.series(1, at(1.65, 1.75)) is not None


def test_an_unknown_track_has_no_motion():
    assert history_of([1.0, 1.2]).series(2, at(1.1, 1.15)) is None


def test_tracks_are_kept_apart():
    history = history_of([1.0, 1.2])
    history.add({2: MouthMotion(NS_PER_S, -1.0)})
    history.add({2: MouthMotion(round(1.2 * NS_PER_S), -1.0)})
    assert history.series(2, at(1.1)).tolist() == [-1.0]


def test_what_is_old_is_forgotten():
    history = history_of(np.arange(0.0, 5.0, 0.1), seconds=2.0)
    assert history.series(1, at(2.5, 2.6)) is None
    assert history.series(1, at(3.5, 3.6)) is not None


def test_a_track_that_is_gone_is_forgotten():
    history = history_of([0.0, 0.1], seconds=2.0)
    history.add({2: MouthMotion(5 * NS_PER_S, 0.0)})
    assert history.series(1, at(0.05)) is None


def test_clear_forgets_all():
    history = history_of([1.0, 1.2])
    history.clear()
    assert history.series(1, at(1.1)) is None
