import numpy as np
import pytest
from voice_codecs import CODECS, through

RATE_HZ = 16000


def tone(hz, silent_s=0.5):
    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * hz * seconds) * (seconds >= silent_s)).astype(np.float32)


@pytest.mark.parametrize('codec', CODECS, ids=lambda codec: codec.name)
def test_a_tone_is_still_heard_but_is_not_the_same(codec):
    sound = tone(440)
    coded = through(codec, sound, RATE_HZ)
    assert coded.shape == sound.shape
    assert coded.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(coded[RATE_HZ:]))
    assert spectrum.argmax() == 440
    assert np.abs(coded - sound).max() > 1e-3
    assert np.abs(coded[: RATE_HZ // 4]).max() < 0.02


@pytest.mark.parametrize('codec', [c for c in CODECS if c.rate_hz == 8000], ids=lambda c: c.name)
def test_a_telephone_has_nothing_above_4_khz(codec):
    coded = through(codec, tone(6000), RATE_HZ)
    assert np.square(coded).mean() < 0.01 * np.square(tone(6000)).mean()
