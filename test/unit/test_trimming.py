import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_ros.audio.trimming import fit, trim

RATE_HZ = 16000


@pytest.mark.parametrize('gain', [1.0, 0.01])
def test_silence_around_speech_goes_whatever_the_level(gain):
    rng = np.random.default_rng(0)
    samples = 1e-4 * rng.standard_normal(4 * RATE_HZ)
    samples[RATE_HZ : 2 * RATE_HZ] += 0.1 * rng.standard_normal(RATE_HZ)
    cut = trim((gain * samples).astype(np.float32), RATE_HZ)
    assert len(cut) == pytest.approx(1.2 * RATE_HZ, abs=0.04 * RATE_HZ)


@pytest.mark.parametrize('size', [0, 10, 320, 5000])
def test_silence_and_short_sound_stay(size):
    assert len(trim(np.zeros(size, np.float32), RATE_HZ)) == size


@given(have=st.integers(0, 50), want=st.integers(0, 50))
def test_fit_keeps_the_middle_or_puts_silence_before(have, want):
    samples = np.arange(1, have + 1, dtype=np.float32)
    fitted = fit(samples, want)
    assert len(fitted) == want
    heard = fitted[fitted > 0]
    assert len(heard) == min(have, want)
    if have < want:
        np.testing.assert_array_equal(fitted[want - have :], samples)
    else:
        np.testing.assert_array_equal(np.diff(fitted), np.ones(max(want - 1, 0)))
        assert want == 0 or abs((fitted[0] - 1) - (have - fitted[-1])) <= 1
