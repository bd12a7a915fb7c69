"""Rates of change between expressions: given, learned, written and read."""

import numpy as np
import pytest
import yaml

from fakes import C
from fer_ros.labels import LABELS, index_of
from fer_ros.smoothing import transitions
from fer_ros.smoothing.transitions import TransitionError

HAPPY, SAD = index_of('happy'), index_of('sad')


def simulated(rates, seconds, seed):
    """A walk of the chain: times of change and the labels from then on."""
    random = np.random.default_rng(seed)
    times, labels, now = [], [], 0.0
    label = 0
    while now < seconds:
        times.append(now)
        labels.append(label)
        leaving = np.where(np.arange(C) == label, 0.0, rates[label])
        now += random.exponential(1 / leaving.sum())
        label = int(random.choice(C, p=leaving / leaving.sum()))
    return times, labels


def test_uniform_rates_leave_every_label_after_its_dwell():
    rates = transitions.uniform(4.0).rates
    np.testing.assert_allclose(rates.diagonal(), -0.25)
    np.testing.assert_allclose(rates.sum(axis=1), 0.0, atol=1e-12)


def test_rates_are_found_again_in_what_they_produced():
    random = np.random.default_rng(0)
    true = random.uniform(0.05, 1.0, size=(C, C))
    np.fill_diagonal(true, 0.0)
    walks = [simulated(true, 3000.0, seed) for seed in range(3)]
    found = transitions.estimate(walks)
    off = ~np.eye(C, dtype=bool)
    np.testing.assert_allclose(found[off], true[off], rtol=0.35)
    np.testing.assert_allclose(found[off].mean(), true[off].mean(), rtol=0.02)


def test_the_frame_rate_of_the_labels_does_not_matter():
    coarse = transitions.estimate([([0, 1, 3, 4], [SAD, HAPPY, SAD, SAD])])
    fine = transitions.estimate([(np.arange(5.0), [SAD, HAPPY, HAPPY, SAD, SAD])])
    np.testing.assert_allclose(coarse[SAD, HAPPY], fine[SAD, HAPPY])


def test_labels_that_were_never_seen_change_as_expected():
    found = transitions.estimate([([0.0, 10.0], [SAD, SAD])], mean_dwell_s=2.0)
    np.testing.assert_allclose(found[HAPPY], transitions.uniform(2.0).rates[HAPPY])
    assert -found[SAD, SAD] < 0.1, 'ten seconds without a change count'


@pytest.mark.parametrize(
    'sequence', [([0.0, 0.0], [1, 2]), ([1.0, 0.0], [1, 2]), ([0.0, 1.0], [1])]
)
def test_sequences_that_cannot_be_are_refused(sequence):
    with pytest.raises(TransitionError, match='times that rise'):
        transitions.estimate([sequence])


def test_what_is_written_is_read_again(tmp_path):
    rates = transitions.estimate([([0.0, 1.0, 1.5, 4.0], [SAD, HAPPY, SAD, SAD])])
    known = transitions.Transitions(rates, np.arange(1.0, C + 1) / np.arange(1.0, C + 1).sum())
    transitions.write(tmp_path / 'rates.yaml', known)
    again = transitions.read(tmp_path / 'rates.yaml')
    np.testing.assert_allclose(again.rates, known.rates, atol=1e-4)
    np.testing.assert_allclose(again.prior, known.prior, atol=1e-4)


def test_labels_of_another_vocabulary_and_order_are_read_by_name(tmp_path):
    words = ['contempt', 'anger', 'disgust', 'fear', 'surprise', 'sadness', 'joy', 'neutral']
    rates = np.zeros((C, C))
    rates[words.index('sadness'), words.index('joy')] = 0.5
    path = tmp_path / 'rates.yaml'
    path.write_text(yaml.safe_dump({'labels': words, 'rates': rates.tolist()}))
    known = transitions.read(path)
    assert known.rates[SAD, HAPPY] == 0.5
    assert known.rates[SAD, SAD] == -0.5
    np.testing.assert_allclose(known.prior, 1 / C)


GOOD = {'labels': list(LABELS), 'rates': np.full((C, C), 0.1).tolist()}


@pytest.mark.parametrize(
    ('content', 'why'),
    [
        ('[1', 'while parsing'),
        ([1, 2], 'expected a mapping'),
        (GOOD | {'labels': ['happy']}, 'each of'),
        (GOOD | {'labels': ['bored', *LABELS[1:]]}, "unknown emotion label 'bored'"),
        (GOOD | {'rates': [[1.0]]}, 'rates must be finite numbers of shape'),
        (GOOD | {'rates': np.full((C, C), -0.1).tolist()}, 'must not be negative'),
        (GOOD | {'rates': np.full((C, C), np.nan).tolist()}, 'finite'),
        (GOOD | {'prior': [1.0]}, 'prior must be finite numbers of shape'),
        (GOOD | {'prior': [0.0] * C}, 'be positive'),
        (GOOD | {'labels': 3}, 'labels'),
    ],
)
def test_a_file_of_something_else_is_refused_with_the_reason(tmp_path, content, why):
    path = tmp_path / 'rates.yaml'
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    with pytest.raises(TransitionError, match=why) as caught:
        transitions.read(path)
    assert 'rates.yaml' in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(TransitionError, match='No such file'):
        transitions.read(tmp_path / 'none.yaml')
