import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.audio.input import AudioInput
from fer_ros.audio.resample import ResampleError, resampled
from fer_ros.types import NS_PER_S, AudioChunk

START_NS = 1_700_000_000 * NS_PER_S
RATES = st.sampled_from((8000, 11025, 16000, 22050, 32000, 44100, 48000))
WINDOW_S = 0.4


def chunks_of(samples, rate_hz, size, start_s=0.0):
    """The samples cut into chunks, stamped without gap."""
    for first in range(0, len(samples), size):
        stamp_ns = START_NS + round((start_s + first / rate_hz) * NS_PER_S)
        yield AudioChunk(stamp_ns, rate_hz, samples[first : first + size].astype(np.float32))


def fed(rate_hz, chunks):
    audio = AudioInput(rate_hz, WINDOW_S)
    for chunk in chunks:
        audio.add(chunk)
    return audio


def listened(audio, time_s, rate_hz):
    """A window at the rate of who listens."""
    return resampled(audio.window(at(time_s)), rate_hz, round(rate_hz * WINDOW_S))


def at(time_s):
    return START_NS + round(time_s * NS_PER_S)


def tone(hz, times_s):
    return 0.5 * np.sin(2 * np.pi * hz * times_s)


@settings(max_examples=30, deadline=None)
@given(RATES, RATES, st.sampled_from((0.005, 0.032, 0.1, 1.0)), st.floats(0.0, 0.01))
def test_a_tone_keeps_frequency_level_and_time(source, target, chunk_s, later_s):
    sound = tone(440, np.arange(source) / source)
    audio = fed(target, chunks_of(sound, source, round(source * chunk_s)))
    window = listened(audio, 0.9 + later_s, target)
    times = 0.9 + later_s - WINDOW_S + np.arange(len(window.samples)) / target
    assert (window.rate_hz, len(window.samples)) == (target, round(target * WINDOW_S))
    assert window.coverage == 1.0
    inside = slice(round(0.02 * target), -round(0.02 * target))
    half_a_sample = np.pi * 440 / source
    np.testing.assert_allclose(
        window.samples[inside], tone(440, times)[inside], atol=2e-3 + 0.5 * half_a_sample
    )


@settings(max_examples=30, deadline=None)
@given(RATES, RATES, st.randoms())
def test_however_chunks_come_the_window_is_that_of_the_whole_sound(source, target, random):
    sound = np.random.default_rng(0).standard_normal(source).astype(np.float32)
    chunks = list(chunks_of(sound, source, round(source * 0.02))) * 2
    random.shuffle(chunks)
    window = listened(fed(target, chunks), 0.9, target)
    end = round(0.9 * source)
    wanted = soxr.resample(sound[end - round(WINDOW_S * source) : end], source, target)
    np.testing.assert_array_equal(window.samples, wanted[-len(window.samples) :])


def test_no_sound_after_the_end_of_a_window_changes_it():
    sound = np.random.default_rng(0).standard_normal(48000).astype(np.float32)
    before = fed(16000, chunks_of(sound[:24000], 48000, 480))
    after = fed(16000, chunks_of(sound, 48000, 480))
    for rate_hz in (16000, 48000):
        np.testing.assert_array_equal(
            listened(before, 0.5, rate_hz).samples, listened(after, 0.5, rate_hz).samples
        )


def test_sound_of_another_rate_starts_anew():
    audio = fed(16000, chunks_of(np.ones(24000), 48000, 4800))
    for chunk in chunks_of(np.ones(4410), 44100, 4410, start_s=0.5):
        audio.add(chunk)
    assert audio.newest_ns == at(0.6)
    assert audio.window(at(0.6)).coverage == pytest.approx(0.1 / WINDOW_S)


@pytest.mark.parametrize('rate_hz', [16000, 44100])
def test_sound_is_given_as_it_was_captured(rate_hz):
    sound = np.random.default_rng(0).standard_normal(rate_hz).astype(np.float32)
    window = fed(16000, chunks_of(sound, rate_hz, 512)).window(at(1.0))
    assert (window.rate_hz, len(window.samples)) == (rate_hz, round(rate_hz * WINDOW_S))
    np.testing.assert_array_equal(window.samples, sound[-len(window.samples) :])


def test_the_right_rate_passes_through_untouched():
    sound = np.random.default_rng(0).standard_normal(16000).astype(np.float32)
    window = listened(fed(16000, chunks_of(sound, 16000, 512)), 1.0, 16000)
    np.testing.assert_array_equal(window.samples, sound[-len(window.samples) :])


def test_before_any_sound_there_is_silence():
    window = AudioInput(16000, WINDOW_S).window(at(1.0))
    assert (len(window.samples), window.coverage, window.newest_ns) == (6400, 0.0, None)
    assert AudioInput(16000, WINDOW_S).newest_ns is None


def test_windows_cannot_be_written_through():
    audio = fed(16000, chunks_of(np.ones(48000), 48000, 4800))
    assert not audio.window(at(0.5)).samples.flags.writeable


def test_an_impossible_rate_is_refused():
    with pytest.raises(ResampleError, match='100 Hz'):
        AudioInput(100, WINDOW_S)
    with pytest.raises(ResampleError, match='0 Hz'):
        AudioInput(16000, WINDOW_S).add(AudioChunk(START_NS, 0, np.zeros(10, np.float32)))
