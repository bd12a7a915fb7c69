"""The committed voice model is what its card says, and answers as it did when it was made."""

import numpy as np
import pytest

from fer_ros import cards, golden, labels, models
from fer_ros.protocols import AudioBackbone

NAME = 'voice_ravdess_nemo'
MOST_WEIGHTS = 500_000


@pytest.fixture(scope='module')
def backbone():
    return models.load_backbone('audio_backbone', NAME, 'cpu')


def test_it_answers_as_it_did(backbone):
    golden.check(cards.find(NAME).folder, 'audio_backbone', backbone)


def test_it_keeps_the_protocol(backbone):
    assert isinstance(backbone, AudioBackbone)
    assert (backbone.rate_hz, backbone.window_s) == (16000, 3.0)


def test_its_card_says_what_it_is():
    card = cards.find(NAME)
    training, results = card.about['training'], card.about['results']
    assert training['parameters'] <= MOST_WEIGHTS
    assert card.licence == 'CC-BY-NC-SA-4.0'  # of both corpora
    assert {'test_ravdess', 'test_nemo', 'test_women', 'test_men'} <= results.keys()
    assert results['test_ravdess']['examples'] == 240


@pytest.mark.parametrize('gain', [1.0, 0.01, 30.0])
def test_level_and_clipping_are_survived(backbone, gain):
    samples = np.clip(golden.sound(16000, 3.0) * np.float32(gain), -1, 1)
    probabilities = labels.softmax(backbone.infer(samples)[1])
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(1), 1.0, atol=1e-5)


def test_silence_is_survived(backbone):
    probabilities = labels.softmax(backbone.infer(np.zeros((1, 48000), np.float32))[1])
    assert np.isfinite(probabilities).all()
