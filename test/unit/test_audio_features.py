import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.audio import features, tensors
from fer_ros.audio.features import FeatureConfig, FeatureError, extract
from fer_ros.config import ConfigError, parse

RATES = st.sampled_from((8000, 16000, 22050, 44100, 48000))


def noise(size, seed=0, level=0.1):
    return (level * np.random.default_rng(seed).standard_normal(size)).astype(np.float32)


def config_for(rate_hz, **changes):
    return FeatureConfig(**{'rate_hz': rate_hz, 'high_hz': 0.45 * rate_hz, **changes})


@settings(max_examples=15, deadline=None)
@given(rate=RATES, bands=st.integers(8, 100), size=st.integers(1024, 30000))
def test_mel_power_is_librosas(rate, bands, size):
    config = config_for(rate, mel_bands=bands, coefficients=8)
    samples = noise(size, seed=bands)
    reference = librosa.feature.melspectrogram(
        y=samples,
        sr=rate,
        n_fft=config.frame_size,
        hop_length=config.hop_size,
        n_mels=bands,
        fmin=config.low_hz,
        fmax=config.high_hz,
        center=False,
    )
    found = features.mel_power(features.spectra(samples, config), config)
    assert found.shape == (bands, features.frame_count(size, config))
    np.testing.assert_allclose(found, reference, rtol=1e-4, atol=1e-7 * reference.max())


def test_levels_are_librosas_relative_to_the_peak():
    config = FeatureConfig()
    power = features.mel_power(
        features.spectra(noise(48000) * np.linspace(0, 1, 48000, dtype=np.float32), config), config
    )
    reference = librosa.power_to_db(power, ref=np.max, amin=1e-20, top_db=config.range_db)
    np.testing.assert_allclose(features.power_to_db(power, config.range_db), reference, atol=1e-4)


def test_mfcc_and_their_slopes_are_librosas():
    config = FeatureConfig(kind='mfcc', deltas=True, coefficients=13)
    samples = noise(48000)
    level = features.power_to_db(
        features.mel_power(features.spectra(samples, config), config), config.range_db
    )
    mfcc = librosa.feature.mfcc(S=level, n_mfcc=13)
    slopes = librosa.feature.delta(mfcc, width=9, mode='nearest')
    found = extract(samples, config)
    assert found.shape == (26, config.frames) == (config.rows, config.frames)
    np.testing.assert_allclose(found[:13], mfcc, atol=1e-3)
    np.testing.assert_allclose(found[13:], slopes, atol=1e-3)


@pytest.mark.parametrize('kind', ['log_mel', 'mfcc'])
def test_torch_features_are_the_same(kind):
    config = FeatureConfig(kind=kind, deltas=True)
    samples = np.stack([noise(48000), noise(48000, 1, 1e-4), np.zeros(48000, np.float32)])
    found = tensors.prepare(torch.from_numpy(samples), config).numpy()
    np.testing.assert_allclose(found, extract(samples, config), atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(0.01, 1.0), seed=st.integers(0, 99))
def test_the_level_of_the_sound_does_not_matter(gain, seed):
    config = FeatureConfig()
    samples = noise(20000, seed)
    np.testing.assert_allclose(
        extract(samples * np.float32(gain), config), extract(samples, config), atol=1e-3
    )


@pytest.mark.parametrize('value', [0.0, 1.0, -1.0, 1e-30])
def test_silence_and_constants_are_finite(value):
    found = extract(np.full(48000, value, np.float32), FeatureConfig())
    assert np.isfinite(found).all()


def test_silence_lies_at_the_lower_end():
    config = FeatureConfig()
    found = extract(np.zeros(48000, np.float32), config)
    np.testing.assert_allclose(
        found, (-config.range_db - config.mean_db) / config.std_db, rtol=1e-5
    )


def test_silence_before_the_speech_changes_nothing_else():
    config = FeatureConfig()
    samples = noise(16000)
    silence = np.zeros(10 * config.hop_size, np.float32)
    padded = extract(np.concatenate((silence, samples)), config)
    np.testing.assert_allclose(padded[:, 10:], extract(samples, config), atol=1e-4)


def test_a_batch_is_its_examples():
    config = FeatureConfig()
    samples = np.stack([noise(16000), noise(16000, 1, 0.01)])
    found = extract(samples, config)
    for one, row in zip(samples, found, strict=True):
        np.testing.assert_allclose(row, extract(one, config), atol=1e-5)


@given(frame=st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_each_frame_stands_for_itself(frame):
    config = FeatureConfig()
    samples = noise(20000)
    whole = features.mel_power(features.spectra(samples, config), config)
    start = frame * config.hop_size
    alone = features.mel_power(
        features.spectra(samples[start : start + config.frame_size], config), config
    )
    np.testing.assert_allclose(alone[:, 0], whole[:, frame], rtol=1e-4)


def test_mel_scale_is_librosas_and_invertible():
    hz = np.linspace(0, 20000, 101)
    np.testing.assert_allclose(features.hz_to_mel(hz), librosa.hz_to_mel(hz), atol=1e-9)
    np.testing.assert_allclose(features.mel_to_hz(features.hz_to_mel(hz)), hz, atol=1e-6)


def test_less_than_a_frame_is_refused():
    with pytest.raises(FeatureError, match='100 samples'):
        extract(np.zeros(100, np.float32), FeatureConfig())


def test_contradicting_settings_are_refused():
    with pytest.raises(FeatureError, match='7600 Hz'):
        FeatureConfig(rate_hz=8000)
    with pytest.raises(FeatureError, match='coefficients'):
        FeatureConfig(mel_bands=20)


def test_an_unknown_key_of_a_card_is_refused():
    with pytest.raises(ConfigError, match='hop_length'):
        parse(FeatureConfig, {'hop_length': 160}, 'card.input')
