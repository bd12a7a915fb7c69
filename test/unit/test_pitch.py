"""The salience of pitch: where a tone is, whatever its level and timbre; torch as NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fer_ros.audio import features, pitch
from fer_ros.audio.features import FeatureConfig
from fer_ros.config import ConfigError

ROWS = 64
CONFIG = FeatureConfig(pitch_rows=ROWS)
RATE_HZ = CONFIG.rate_hz
PITCHES_HZ = pitch.LOW_HZ * (pitch.HIGH_HZ / pitch.LOW_HZ) ** np.linspace(0, 1, ROWS)


def voice(hz, harmonics=12, slope=1.0, level=0.3):
    """A second of a tone with harmonics that fall with their number."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    parts = [np.sin(2 * np.pi * hz * n * time_s) / n**slope for n in range(1, harmonics + 1)]
    sound = np.sum(parts, axis=0)
    return (level * sound / np.abs(sound).max()).astype(np.float32)


def salience(samples):
    return pitch.salience(features.spectra(samples, CONFIG), RATE_HZ, ROWS)


@pytest.mark.parametrize('hz', [90.0, 120.0, 200.0, 330.0, 500.0])
@pytest.mark.parametrize('slope', [0.3, 1.0])
def test_the_row_of_a_pitch_stands_out(hz, slope):
    mean = salience(voice(hz, slope=slope)).mean(-1)
    found_hz = PITCHES_HZ[mean.argmax()]
    assert found_hz == pytest.approx(hz, rel=0.04)
    assert mean.max() > 0.3


def test_a_higher_voice_draws_the_same_curve_elsewhere():
    def row(hz):
        return int(salience(voice(hz)).mean(-1).argmax())

    third = (ROWS - 1) / 3  # of three octaves
    assert row(220.0) - row(110.0) == pytest.approx(third, abs=1)
    assert row(440.0) - row(220.0) == pytest.approx(third, abs=1)


def test_the_level_does_not_matter():
    np.testing.assert_allclose(
        salience(voice(150.0, level=0.9)), salience(voice(150.0, level=0.009)), atol=1e-3
    )


def test_noise_has_no_pitch_and_silence_none_at_all():
    noise = np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32)
    assert salience(noise).mean() < 0.05
    assert (salience(np.zeros(RATE_HZ, np.float32)) == 0).all()


def test_the_rows_come_below_the_bands():
    plain = features.extract(voice(150.0), FeatureConfig())
    more = features.extract(voice(150.0), CONFIG)
    assert more.shape[-2] == CONFIG.rows == plain.shape[-2] + ROWS
    np.testing.assert_array_equal(more[: plain.shape[-2]], plain)
    mfcc = FeatureConfig(kind='mfcc', deltas=True, pitch_rows=ROWS)
    assert features.extract(voice(150.0), mfcc).shape[-2] == mfcc.rows == 80 + ROWS


@pytest.mark.parametrize('kind', ['log_mel', 'mfcc'])
def test_torch_computes_the_same(kind):
    torch = pytest.importorskip('torch')
    from fer_ros.audio import tensors

    config = FeatureConfig(kind=kind, deltas=kind == 'mfcc', pitch_rows=ROWS)
    noise = np.random.default_rng(1).normal(0, 0.01, RATE_HZ).astype(np.float32)
    samples = np.stack([voice(140.0) + noise, noise, np.zeros_like(noise)])
    found = tensors.prepare(torch.from_numpy(samples), config).numpy()
    np.testing.assert_allclose(found, features.extract(samples, config), atol=2e-3)


def test_training_moves_the_pitch_with_the_time_and_up_or_down():
    torch = pytest.importorskip('torch')
    from fer_ros.audio import tensors
    from fer_ros.training.augment_voice import AugmentConfig, augment_levels

    config = AugmentConfig(masks=0, mask_bands=0, tilt_db=0.0, shift_frames=5, pitch_shift=4)
    level = tensors.levels(torch.from_numpy(np.stack([voice(200.0)] * 50)), CONFIG)
    changed = augment_levels(level, CONFIG, config, torch.Generator().manual_seed(0))
    assert changed.shape == level.shape
    before, after = (
        tensors.split(each, CONFIG)[1].mean(-1).argmax(1) for each in (level, changed)
    )
    moved = (after - before).tolist()
    assert set(moved) == set(range(-4, 5))


def test_the_default_network_reads_the_pitch_in_a_tower_of_its_own():
    torch = pytest.importorskip('torch')
    from fer_ros.audio.backbones import AttentiveResNet

    network = AttentiveResNet.network(AttentiveResNet.Config(pitch_rows=ROWS), CONFIG.rows, 8)
    network.eval()
    assert sum(weight.numel() for weight in network.parameters()) <= 500_000
    picture = torch.randn(2, CONFIG.rows, CONFIG.frames)
    embedding, logits = network(picture)
    assert embedding.shape == (2, 128)
    assert logits.shape == (2, 8)
    other = picture.clone()
    other[:, CONFIG.mel_bands :] += 1.0
    assert not torch.allclose(network(other)[1], logits)


def test_a_network_for_pitch_refuses_an_input_without():
    pytest.importorskip('torch')
    from fer_ros.audio.backbones import AttentiveResNet

    with pytest.raises(ConfigError, match=r'backbone.pitch_rows 64: the input has 64 rows'):
        AttentiveResNet.network(AttentiveResNet.Config(pitch_rows=ROWS), 64, 8)
