import numpy as np
import pytest

from fakes import features_for
from fer_ros.config import ConfigError, parse
from fer_ros.fusion.average import WeightedAverage
from fer_ros.labels import softmax


def fusion(**settings):
    return WeightedAverage(parse(WeightedAverage.Config, settings))


FACE = features_for('happy')
VOICE = features_for('sad')


def test_it_is_the_weighted_mean_of_the_probabilities():
    got = fusion(weights=[0.6, 0.4]).fuse({'face': [FACE], 'voice': [VOICE]}).probabilities
    wanted = 0.6 * softmax(FACE.logits) + 0.4 * softmax(VOICE.logits)
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_the_weights_are_renormalised_over_what_is_there():
    got = fusion(weights=[0.6, 0.4]).fuse({'voice': [VOICE]}).probabilities
    np.testing.assert_allclose(got, softmax(VOICE.logits), atol=1e-6)


def test_a_modality_that_is_not_listed_has_the_other_weight():
    got = (
        fusion(weights=[0.5, 0.0], other_weight=1.5)
        .fuse({'face': [FACE], 'text': [VOICE]})
        .probabilities
    )
    wanted = 0.25 * softmax(FACE.logits) + 0.75 * softmax(VOICE.logits)
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_what_weighs_nothing_counts_when_it_is_alone():
    got = fusion(weights=[0.6, 0.0]).fuse({'voice': [VOICE]}).probabilities
    np.testing.assert_allclose(got, softmax(VOICE.logits), atol=1e-6)


def test_nothing_cannot_be_fused():
    with pytest.raises(ValueError, match='at least one modality'):
        fusion().fuse({})


def test_lists_of_different_length_are_refused():
    with pytest.raises(ConfigError, match='weights: 1 for 2 modalities'):
        fusion(weights=[0.6])


def test_a_modality_named_twice_is_refused():
    with pytest.raises(ConfigError, match='face'):
        fusion(modalities=['face', 'face'])


def test_it_says_how_much_each_modality_counted():
    got = fusion(weights=[0.6, 0.2]).fuse({'voice': [VOICE], 'face': [FACE]})
    assert got.weights == pytest.approx({'face': 0.75, 'voice': 0.25})


def test_only_the_newest_features_count():
    wanted = fusion().fuse({'face': [FACE]}).probabilities
    got = fusion().fuse({'face': [VOICE, FACE]}).probabilities
    np.testing.assert_array_equal(got, wanted)
