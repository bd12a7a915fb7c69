import numpy as np
import pytest
import torch

from fer_ros.audio.features import FeatureConfig
from fer_ros.audio.tensors import levels, mel_power, spectra
from fer_ros.training.augment_voice import (
    AugmentConfig,
    add_noise,
    augment_levels,
    augment_samples,
    move,
)

FEATURES = FeatureConfig()
SIZE = FEATURES.window_size
OFF = AugmentConfig(
    speed=0.0,
    vocal_tract=0.0,
    cut_share=0.0,
    reverb_share=0.0,
    band_share=0.0,
    noise_share=0.0,
    clip_share=0.0,
    tilt_db=0.0,
    shift_frames=0,
    masks=0,
)


def with_changes(**changes):
    return AugmentConfig(**{**OFF.__dict__, **changes})


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def speech(count=4, silent=0):
    """Noise as loud as speech, after some silence."""
    samples = 0.1 * torch.randn(count, SIZE, generator=seeded(9))
    samples[:, :silent] = 0.0
    return samples


def tone(hz, count=8):
    time_s = torch.arange(SIZE) / FEATURES.rate_hz
    return (0.1 * torch.sin(2 * np.pi * hz * time_s)).expand(count, SIZE)


def test_nothing_switched_on_changes_nothing():
    samples = speech()
    level = augment_samples(samples, FEATURES, OFF, seeded())
    torch.testing.assert_close(level, levels(samples, FEATURES), atol=1e-3, rtol=0)
    torch.testing.assert_close(augment_levels(level, FEATURES, OFF, seeded()), level)


def test_the_same_generator_gives_the_same_again():
    config = AugmentConfig()
    first = augment_samples(speech(), FEATURES, config, seeded(3))
    second = augment_samples(speech(), FEATURES, config, seeded(3))
    other = augment_samples(speech(), FEATURES, config, seeded(4))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize('samples', [speech(), torch.zeros(4, SIZE), torch.ones(4, SIZE)])
def test_it_is_finite_and_in_range(samples):
    for seed in range(5):
        level = augment_samples(samples, FEATURES, AugmentConfig(), seeded(seed))
        level = augment_levels(level, FEATURES, AugmentConfig(), seeded(seed))
        assert level.shape == (4, FEATURES.mel_bands, FEATURES.frames)
        assert torch.isfinite(level).all()
        assert level.min() >= -FEATURES.range_db - 1e-3
        assert level.max() <= 1e-3


def test_speed_changes_the_pitch_within_its_bounds():
    moved = move(tone(1000.0), FEATURES.rate_hz, with_changes(speed=0.1), seeded())
    steady = moved[:, SIZE // 2 : SIZE // 2 + 16000]
    pitch_hz = torch.fft.rfft(steady).abs().argmax(-1).double()
    assert pitch_hz.min() >= 890
    assert pitch_hz.max() <= 1110
    assert pitch_hz.std() > 10


def test_speech_moves_only_into_the_silence_before_it():
    samples = speech(silent=SIZE // 2)
    moved = move(samples, FEATURES.rate_hz, OFF, seeded())
    for one, original in zip(moved, samples, strict=True):
        heard = one.nonzero().flatten()
        np.testing.assert_allclose(one[heard], original[SIZE // 2 :], atol=1e-4)


def test_a_cut_takes_at_most_what_it_may():
    config = with_changes(cut_share=1.0, cut_s=0.5)
    heard = (move(speech(64), FEATURES.rate_hz, config, seeded()) != 0).sum(1)
    assert heard.min() >= SIZE - 0.5 * FEATURES.rate_hz - 2
    assert heard.min() < SIZE - 0.3 * FEATURES.rate_hz


def test_noise_has_the_ratio_it_should():
    config = with_changes(noise_share=1.0, lowest_snr_db=10.0, highest_snr_db=10.0)
    samples = speech(silent=SIZE // 2)
    noise = add_noise(samples, config, seeded()) - samples
    heard = samples != 0
    for one, where, added in zip(samples, heard, noise, strict=True):
        snr = one[where].square().mean() / added[where].square().mean()
        assert 10 * torch.log10(snr) == pytest.approx(10.0, abs=0.7)


def test_vocal_tract_length_moves_a_tone_to_other_bands():
    warp = torch.tensor([0.8, 1.0, 1.2])
    power = mel_power(spectra(tone(1500.0, 3), FEATURES), FEATURES, warp)
    bands = power.mean(-1).argmax(-1)
    assert bands[0] < bands[1] < bands[2]
    plain = mel_power(spectra(tone(1500.0, 3), FEATURES), FEATURES)
    torch.testing.assert_close(power[1], plain[1])


def test_masks_hide_no_more_than_they_may():
    config = with_changes(masks=1, mask_bands=5, mask_frames=7)
    level = -40.0 * torch.rand(16, FEATURES.mel_bands, FEATURES.frames, generator=seeded())
    level = level - level.amax((1, 2), keepdim=True)
    changed = augment_levels(level, FEATURES, config, seeded()) != level
    assert changed.all(2).sum(1).max() <= 5
    assert changed.all(1).sum(1).max() <= 7
    assert changed.any()
