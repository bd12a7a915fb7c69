import numpy as np
import pytest
import scipy.signal
from mouths import SOUND_HZ, speech, window_of

from fer_ros.audio.modulation import (
    RATE_HZ,
    correlations,
    covariances,
    in_band,
    modulation_of,
    speech_modulation,
)
from fer_ros.types import NS_PER_S, AudioWindow

TIMES = np.arange(2 * SOUND_HZ) / SOUND_HZ
TONE = np.sin(2 * np.pi * 1000 * TIMES)


def test_there_are_so_many_values_per_second():
    assert len(speech_modulation(speech(2.0, seed=0), SOUND_HZ)) == 2 * RATE_HZ


@pytest.mark.parametrize('rate_hz', [8000, 16000, 44100])
@pytest.mark.parametrize('seconds', [0.01, 0.5, 3.0])
def test_the_band_pass_is_that_of_scipy(rate_hz, seconds):
    random = np.random.default_rng(0)
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    hum = 0.3 * np.sin(2 * np.pi * 50 * times)
    sound = (hum + 0.1 * random.standard_normal(len(times))).astype(np.float32)
    edges = (200, min(3800, 0.45 * rate_hz))
    sections = scipy.signal.butter(3, edges, 'bandpass', fs=rate_hz, output='sos')
    wanted = scipy.signal.sosfilt(sections, sound.astype(np.float64))
    np.testing.assert_allclose(in_band(sound, rate_hz), wanted, atol=1e-6)


@pytest.mark.parametrize('gain', [0.01, 5.0])
def test_the_level_of_the_microphone_does_not_matter(gain):
    sound = speech(2.0, seed=0)
    wanted = speech_modulation(sound, SOUND_HZ)
    got = speech_modulation(gain * sound, SOUND_HZ)
    np.testing.assert_allclose(got - got.mean(), wanted - wanted.mean(), atol=1e-3)


@pytest.mark.parametrize('rate_hz', [8000, 44100])
def test_the_rate_of_the_sound_hardly_matters(rate_hz):
    level = np.interp(np.arange(0, 2, 0.1), [0, 0.5, 0.6, 1.2, 1.3, 2], [1, 1, 0.1, 0.1, 1, 1])

    def modulation(hz):
        times = np.arange(2 * hz) / hz
        tone = np.interp(times, np.arange(0, 2, 0.1), level) * np.sin(2 * np.pi * 1000 * times)
        return speech_modulation(tone.astype(np.float32), hz)[10:-10]

    np.testing.assert_allclose(modulation(rate_hz), modulation(SOUND_HZ), atol=0.1)


def test_a_steady_tone_is_flat():
    assert np.ptp(speech_modulation(TONE.astype(np.float32), SOUND_HZ)[20:-20]) < 0.02


def test_hum_below_speech_does_not_count():
    hum = np.sin(2 * np.pi * 50 * TIMES) * (1 + np.sin(2 * np.pi * 3 * TIMES))
    alone = speech_modulation((0.1 * TONE).astype(np.float32), SOUND_HZ)
    both = speech_modulation((0.1 * TONE + hum).astype(np.float32), SOUND_HZ)
    np.testing.assert_allclose(both[20:-20], alone[20:-20], atol=0.2)


def test_a_change_counts_most_where_it_happens_and_a_rise_more_than_a_fall():
    loud = (TIMES > 0.5) & (TIMES < 1.3)
    values = speech_modulation((TONE * np.where(loud, 1.0, 0.1)).astype(np.float32), SOUND_HZ)
    rise, fall, between = values[50], values[130], values[90]
    assert rise > fall > between > values[20]
    assert abs(int(values[:90].argmax()) - 50) <= 1


@pytest.mark.parametrize('sound', [np.zeros(SOUND_HZ), np.zeros(10)])
def test_silence_is_finite(sound):
    assert np.isfinite(speech_modulation(sound.astype(np.float32), SOUND_HZ)).all()


def test_a_window_gives_values_with_their_times():
    sound = speech(5.0, seed=1)
    modulation = modulation_of(window_of(sound, 4.0))
    assert modulation.begin_ns == NS_PER_S
    np.testing.assert_array_equal(
        modulation.values, speech_modulation(sound[SOUND_HZ : 4 * SOUND_HZ], SOUND_HZ)
    )
    assert modulation.times_ns(100, 2).tolist() == [2005 * 10**6, 2015 * 10**6]


def test_sound_that_has_not_arrived_is_left_out():
    modulation = modulation_of(window_of(speech(5.0, seed=1), 4.0, late_s=0.2))
    assert (modulation.begin_ns, len(modulation.values)) == (NS_PER_S, 280)


def test_sound_may_begin_within_the_window():
    modulation = modulation_of(window_of(speech(5.0, seed=1), 2.0))
    assert (modulation.begin_ns, len(modulation.values)) == (0, 200)


def test_a_gap_in_the_sound_gives_nothing():
    window = window_of(speech(5.0, seed=1), 4.0)
    samples = window.samples.copy()
    samples[20000:22000] = 0.0
    holed = AudioWindow(window.stamp_ns, SOUND_HZ, samples, 1 - 2000 / 48000, window.newest_ns)
    assert modulation_of(holed) is None


def test_nothing_heard_gives_nothing():
    assert modulation_of(AudioWindow(0, SOUND_HZ, np.zeros(100, np.float32), 0.0, None)) is None


def test_correlations_are_those_of_numpy():
    random = np.random.default_rng(0)
    motion, sound = random.standard_normal(50), random.standard_normal(60)
    places = [sound[place : place + 50] for place in range(11)]
    np.testing.assert_allclose(
        correlations(motion, sound), [np.corrcoef(motion, place)[0, 1] for place in places]
    )
    np.testing.assert_allclose(
        covariances(motion, sound), [np.cov(motion, place, bias=True)[0, 1] for place in places]
    )


def test_what_does_not_change_correlates_with_nothing():
    assert correlations(np.ones(5, np.float32), np.arange(8.0)).tolist() == [0.0] * 4
