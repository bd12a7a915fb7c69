import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import C
from fer_ros.labels import index_of
from fer_ros.smoothing import transitions
from fer_ros.smoothing.exponential import Exponential
from fer_ros.smoothing.hidden_markov import HiddenMarkov

HAPPY, SAD = index_of('happy'), index_of('sad')


def probabilities(label, value=1.0):
    rest = (1.0 - value) / (C - 1)
    result = np.full(C, rest, dtype=np.float32)
    result[index_of(label)] = value
    return result


def exponential(tau):
    return Exponential(Exponential.Config(time_constant=tau))


def markov(**settings):
    return HiddenMarkov(HiddenMarkov.Config(**settings))


def after(smoothing, first, *observed, every_s=0.1):
    """The probabilities after some observations at equal distances."""
    followed = smoothing.start(first)
    for seen in observed:
        last = followed.update(every_s, seen)
    return last


def change_s(smoothing, before, then, every_s=0.02, settled_s=10.0):
    """How long after a change the new label leads."""
    followed = smoothing.start(before)
    for _ in range(round(settled_s / every_s)):
        followed.update(every_s, before)
    steps = 1
    while followed.update(every_s, then).argmax() != then.argmax():
        steps += 1
    return steps * every_s


@given(st.lists(st.floats(0.001, 0.4), min_size=1, max_size=30), st.floats(0.05, 2.0))
def test_a_step_is_followed_at_the_time_constant_whatever_the_frame_rate(steps, tau):
    average = exponential(tau).start(probabilities('sad'))
    for step in steps:
        got = average.update(step, probabilities('happy'))
    assert got[HAPPY] == pytest.approx(1 - math.exp(-sum(steps) / tau), abs=1e-4)
    assert got.sum() == pytest.approx(1.0, abs=1e-4)


def test_no_time_constant_means_no_smoothing():
    got = after(exponential(0.0), probabilities('sad'), probabilities('happy'))
    np.testing.assert_array_equal(got, probabilities('happy'))


def test_the_filter_is_the_forward_algorithm():
    """Against the recursion written out, for frames that are all independent evidence."""
    settings = {'mean_dwell': 1.5, 'correlation_time': 0.0, 'floor': 1e-6}
    random = np.random.default_rng(0)
    seen = random.dirichlet(np.ones(C), size=20).astype(np.float32)
    stays = 1 / C + (1 - 1 / C) * math.exp(-0.1 / 1.5 * C / (C - 1))
    matrix = np.full((C, C), (1 - stays) / (C - 1))
    np.fill_diagonal(matrix, stays)
    alpha = seen[0].astype(float)
    for row in seen[1:]:
        alpha = (alpha @ matrix) * row
        alpha /= alpha.sum()
    np.testing.assert_allclose(after(markov(**settings), seen[0], *seen[1:]), alpha, atol=1e-5)


def test_one_odd_frame_is_taken_for_noise_and_a_change_that_lasts_for_a_change():
    sure, odd = probabilities('sad', 0.6), probabilities('happy', 0.6)
    smoothing = markov()
    assert after(smoothing, sure, *[sure] * 20, odd, every_s=0.033).argmax() == SAD
    assert after(smoothing, sure, *[sure] * 20, *[odd] * 30, every_s=0.033).argmax() == HAPPY


def test_strong_evidence_changes_the_mind_sooner_than_weak():
    times = [
        change_s(markov(), probabilities('sad', share), probabilities('happy', share))
        for share in (0.4, 0.6, 0.9)
    ]
    assert times == sorted(times, reverse=True)
    assert times[0] > times[-1]


@pytest.mark.parametrize('share', [0.4, 0.6, 0.9])
def test_the_frame_rate_does_not_matter_to_the_filter(share):
    times = [
        change_s(markov(), probabilities('sad', share), probabilities('happy', share), every_s)
        for every_s in (0.01, 0.03, 0.06)
    ]
    assert max(times) - min(times) < 0.1


def test_nothing_seen_for_long_leaves_what_is_usual():
    got = after(
        markov(mean_dwell=1.0),
        probabilities('sad'),
        probabilities('sad', 1 / C),
        every_s=100.0,
    )
    np.testing.assert_allclose(got, np.full(C, 1 / C), atol=1e-3)


def test_a_longer_dwell_is_steadier():
    slow, quick = (
        change_s(markov(mean_dwell=dwell), probabilities('sad', 0.5), probabilities('happy', 0.5))
        for dwell in (20.0, 0.5)
    )
    assert slow > quick


def test_a_prior_that_says_neutral_is_common_makes_neutral_weak_evidence(tmp_path):
    known = transitions.uniform(2.0)
    prior = np.full(C, 0.5 / (C - 1))
    prior[index_of('neutral')] = 0.5
    path = tmp_path / 'transitions.yaml'
    transitions.write(path, transitions.Transitions(known.rates, prior))
    seen = probabilities('neutral', 0.3)
    plain = after(markov(), seen, *[seen] * 20)
    corrected = after(markov(transitions=str(path)), seen, *[seen] * 20)
    assert plain.argmax() == index_of('neutral')
    assert corrected.argmax() != index_of('neutral')


def test_learned_rates_are_used(tmp_path):
    rates = np.zeros((C, C))
    rates[SAD, HAPPY] = 5.0
    path = tmp_path / 'transitions.yaml'
    # sad always ends, in happy, and that for good
    transitions.write(path, transitions.Transitions(rates - np.diag(rates.sum(1)), np.ones(C) / C))
    got = after(
        markov(transitions=str(path)),
        probabilities('sad'),
        probabilities('sad', 1 / C),
        every_s=2.0,
    )
    assert got[HAPPY] == pytest.approx(1.0, abs=1e-3)
