"""What is said of each person over time: going on, changing only when it is clear, forgetting."""

import gc
import weakref

import numpy as np
import pytest

from fakes import C, seconds
from fer_ros.labels import index_of
from fer_ros.smoothing.exponential import Exponential
from fer_ros.smoothing.steady import LabelConfig, Steadiness

PLAIN = {'hysteresis': 0.0, 'dwell': 0.0}


def certain(label):
    return np.eye(C, dtype=np.float32)[index_of(label)]


def between(sad):
    """Sad with that probability, happy otherwise."""
    return sad * certain('sad') + (1 - sad) * certain('happy')


def slow(tau=100.0):
    return Exponential(Exponential.Config(time_constant=tau))


def steadiness(smoothing=None, **label):
    return Steadiness(smoothing or slow(0.0), LabelConfig(**(PLAIN | label)))


def labels_at(steady, story):
    """The label after each of (time, probability of sad)."""
    return [
        {index_of('sad'): 's', index_of('happy'): 'h'}[
            steady.update('a', seconds(time_s), between(sad)).label
        ]
        for time_s, sad in story
    ]


def test_the_first_evidence_is_taken_as_it_is():
    got = steadiness(slow()).update('a', 0, between(0.7))
    np.testing.assert_array_equal(got.probabilities, between(0.7))
    assert got.label == index_of('sad')


def test_the_label_changes_only_when_another_leads_clearly():
    story = [(0.0, 0.55), (0.1, 0.46), (0.2, 0.44)]
    assert labels_at(steadiness(hysteresis=0.1), story) == ['s', 's', 'h']


def test_a_label_that_has_changed_stays_a_while():
    story = [(0.0, 1.0), (1.0, 0.0), (1.2, 1.0), (1.4, 1.0), (1.5, 1.0), (1.6, 0.0), (2.1, 0.0)]
    assert labels_at(steadiness(dwell=0.5), story) == ['s', 'h', 'h', 'h', 's', 's', 'h']


def test_the_first_label_is_a_guess_and_may_change_at_once():
    assert labels_at(steadiness(dwell=5.0), [(0.0, 1.0), (0.1, 0.0)]) == ['s', 'h']


def test_the_same_or_an_older_stamp_changes_nothing():
    steady = steadiness()
    steady.update('a', seconds(1), certain('sad'))
    for stamp in (1.0, 0.5):
        got = steady.update('a', seconds(stamp), certain('happy'))
        np.testing.assert_array_equal(got.probabilities, certain('sad'))


def test_people_do_not_mix():
    steady = steadiness(slow())
    steady.update('a', 0, certain('sad'))
    assert steady.update('b', 1, certain('happy')).label == index_of('happy')


def test_who_was_silent_for_long_is_smoothed_anew():
    steady = steadiness(slow(), forget_after=3.0)
    steady.update('a', 0, certain('sad'))
    assert steady.update('a', seconds(2.9), certain('happy')).label == index_of('sad')
    assert steady.update('a', seconds(6.0), certain('happy')).label == index_of('happy')


def test_who_left_is_not_kept_for_ever():
    steady = steadiness(forget_after=3.0)
    known = [
        weakref.ref(steady.update(number, seconds(number), certain('sad')))
        for number in range(100)
    ]
    gc.collect()
    assert 1 <= sum(reference() is not None for reference in known) <= 4


def test_clear_forgets_everybody():
    steady = steadiness(slow())
    steady.update('a', 0, certain('sad'))
    steady.clear()
    assert steady.update('a', 1, certain('happy')).label == index_of('happy')


def test_another_smoothing_goes_on_from_what_was_said():
    steady = steadiness(slow())
    steady.update('a', 0, certain('sad'))
    steady.apply(slow(1.0), LabelConfig())
    got = steady.update('a', seconds(1.0), certain('happy'))
    assert got.probabilities[index_of('sad')] == pytest.approx(np.exp(-1.0), abs=1e-5)


def test_what_is_said_cannot_be_written_through():
    steady = steadiness()
    for stamp in (0, 1):
        got = steady.update('a', stamp, certain('sad'))
        with pytest.raises(ValueError, match='read-only'):
            got.probabilities[0] = 1.0
