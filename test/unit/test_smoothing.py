import gc
import math
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import C, seconds
from fer_ros.labels import index_of
from fer_ros.smoothing import Smoothers, SmoothingConfig


def probabilities(label, value=1.0):
    rest = (1.0 - value) / (C - 1)
    result = np.full(C, rest, dtype=np.float32)
    result[index_of(label)] = value
    return result


def test_the_first_evidence_is_taken_as_it_is():
    smoothers = Smoothers(SmoothingConfig())
    got = smoothers.update('a', 0, probabilities('happy', 0.7))
    np.testing.assert_array_equal(got.mean, probabilities('happy', 0.7))
    assert got.label == index_of('happy')


@given(st.lists(st.floats(0.001, 0.4), min_size=1, max_size=30), st.floats(0.05, 2.0))
def test_a_step_is_followed_at_the_time_constant_whatever_the_frame_rate(steps, tau):
    smoothers = Smoothers(SmoothingConfig(time_constant=tau, forget_after=1e6))
    smoothers.update('a', 0, probabilities('sad'))
    now = 0.0
    for step in steps:
        now += step
        got = smoothers.update('a', seconds(now), probabilities('happy'))
    wanted = 1 - math.exp(-now / tau)
    assert got.mean[index_of('happy')] == pytest.approx(wanted, abs=1e-4)
    assert got.mean.sum() == pytest.approx(1.0, abs=1e-4)


def test_no_time_constant_means_no_smoothing():
    smoothers = Smoothers(SmoothingConfig(time_constant=0.0, hysteresis=0.0))
    smoothers.update('a', 0, probabilities('sad'))
    got = smoothers.update('a', 1, probabilities('happy'))
    np.testing.assert_array_equal(got.mean, probabilities('happy'))
    assert got.label == index_of('happy')


def test_the_label_changes_only_when_another_leads_clearly():
    smoothers = Smoothers(SmoothingConfig(time_constant=0.0, hysteresis=0.1))
    two = np.zeros(C, np.float32)
    two[[index_of('sad'), index_of('happy')]] = (0.55, 0.45)
    smoothers.update('a', 0, two)
    two[[index_of('sad'), index_of('happy')]] = (0.46, 0.54)
    assert smoothers.update('a', 1, two).label == index_of('sad')
    two[[index_of('sad'), index_of('happy')]] = (0.44, 0.56)
    assert smoothers.update('a', 2, two).label == index_of('happy')


def test_the_same_or_an_older_stamp_changes_nothing():
    smoothers = Smoothers(SmoothingConfig())
    smoothers.update('a', seconds(1), probabilities('sad'))
    for stamp in (1.0, 0.5):
        got = smoothers.update('a', seconds(stamp), probabilities('happy'))
        np.testing.assert_array_equal(got.mean, probabilities('sad'))


def test_people_do_not_mix():
    smoothers = Smoothers(SmoothingConfig())
    smoothers.update('a', 0, probabilities('sad'))
    assert smoothers.update('b', 1, probabilities('happy')).label == index_of('happy')


def test_who_was_silent_for_long_is_smoothed_anew():
    smoothers = Smoothers(SmoothingConfig(time_constant=100.0, forget_after=3.0))
    smoothers.update('a', 0, probabilities('sad'))
    assert smoothers.update('a', seconds(2.9), probabilities('happy')).label == index_of('sad')
    assert smoothers.update('a', seconds(6.0), probabilities('happy')).label == index_of('happy')


def test_who_left_is_not_kept_for_ever():
    smoothers = Smoothers(SmoothingConfig(forget_after=3.0))
    known = [
        weakref.ref(smoothers.update(number, seconds(number), probabilities('sad')))
        for number in range(100)
    ]
    gc.collect()
    assert 1 <= sum(reference() is not None for reference in known) <= 4


def test_clear_forgets_everybody():
    smoothers = Smoothers(SmoothingConfig(time_constant=100.0))
    smoothers.update('a', 0, probabilities('sad'))
    smoothers.clear()
    assert smoothers.update('a', 1, probabilities('happy')).label == index_of('happy')


def test_means_cannot_be_written_through():
    smoothers = Smoothers(SmoothingConfig())
    for stamp in (0, 1):
        got = smoothers.update('a', stamp, probabilities('sad'))
        with pytest.raises(ValueError, match='read-only'):
            got.mean[0] = 1.0
