"""A stream judged window by window, beside the same stream judged at once."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.audio.input import AudioInput
from fer_ros.audio.vad_blocks import BlockStream
from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow

RATE_HZ, BLOCK, CONTEXT = 16000, 512, 64
WINDOW_S = 1.0
START_NS = 1_700_000_000 * NS_PER_S  # a multiple of the block's length

few = settings(max_examples=25, deadline=None)


class Rememberer:
    """A recurrent detector: what it says depends on everything it has heard."""

    RATE_HZ, BLOCK, CONTEXT, threshold = RATE_HZ, BLOCK, CONTEXT, 0.5

    def __init__(self):
        self.heard = []

    def initial_state(self):
        return np.zeros(1, np.float32)

    def judge(self, samples, state):
        assert samples.shape == (CONTEXT + BLOCK,)
        self.heard.append(samples.copy())
        level = np.dot(samples.astype(np.float64), np.linspace(1.0, 2.0, len(samples)))
        state = np.float32(0.9) * state + np.float32(np.sin(level))
        return float(state[0] % 1.0), state


def sound_of(seconds, rate_hz=RATE_HZ, seed=0):
    """Noise, of which every sample is other than zero."""
    return np.random.default_rng(seed).uniform(0.1, 1.0, round(seconds * rate_hz)).astype('f4')


def chunks_of(sound, size=160, rate_hz=RATE_HZ, late_s=lambda number: 0.0):
    for number, first in enumerate(range(0, len(sound), size)):
        stamp_ns = START_NS + round((first / rate_hz + late_s(number)) * NS_PER_S)
        yield AudioChunk(stamp_ns, rate_hz, sound[first : first + size])


def at(time_s):
    return START_NS + round(time_s * NS_PER_S)


def windows_of(chunks, times_s):
    """Windows that are read as soon as the sound up to their ends came."""
    audio, chunks = AudioInput(RATE_HZ, WINDOW_S), iter(chunks)
    for time_s in times_s:
        while audio.newest_ns is None or audio.newest_ns < at(time_s):
            audio.add(next(chunks))
        yield audio.window(at(time_s))


def shares(stream, chunks, times_s):
    return [stream.voiced_share(window) for window in windows_of(chunks, times_s)]


def shares_at_once(sound, times_s):
    """What a detector that hears all of the sound in one go says of each window."""
    detector, state, voiced = Rememberer(), np.zeros(1, np.float32), []
    padded = np.concatenate((np.zeros(CONTEXT, np.float32), sound))
    for first in range(0, len(sound) - BLOCK + 1, BLOCK):
        probability, state = detector.judge(padded[first : first + CONTEXT + BLOCK], state)
        voiced.append(probability >= 0.5)
    for time_s in times_s:
        end = round(time_s * RATE_HZ)
        first = -(-(end - round(WINDOW_S * RATE_HZ) + CONTEXT) // BLOCK)
        before = [False] * max(0, -first)  # silence before the first sound
        yield np.mean(before + voiced[max(0, first) : end // BLOCK])


@st.composite
def moments(draw, until_ms=3900):
    """Ends of windows that overlap, in order of time, each at a sample."""
    steps = draw(st.lists(st.integers(10, 900), min_size=1, max_size=12))
    return [ms / 1000 for ms in np.cumsum([100, *steps]).tolist() if ms <= until_ms]


@few
@given(moments(), st.integers(30, 5000))
def test_whatever_windows_are_asked_about_all_is_as_if_heard_at_once(times_s, size):
    sound = sound_of(4.0)
    got = shares(BlockStream(Rememberer()), chunks_of(sound, size), times_s)
    assert got == pytest.approx(list(shares_at_once(sound, times_s)))


def test_each_sound_is_judged_once():
    detector = Rememberer()
    sound = sound_of(4.0)
    shares(BlockStream(detector), chunks_of(sound), [0.9, 1.5, 1.51, 2.017, 2.9])
    judged = np.concatenate([samples[CONTEXT:] for samples in detector.heard])
    np.testing.assert_array_equal(judged, sound[: len(judged)])
    assert len(judged) == int(2.9 * RATE_HZ) // BLOCK * BLOCK


@few
@given(st.integers(0, 60), st.lists(st.integers(50, 400), min_size=2, max_size=6))
def test_sound_that_comes_late_is_heard_where_it_belongs(delay, steps_ms):
    """Some chunks come only after windows were read in which they were missing."""
    sound = sound_of(3.0)
    chunks = list(chunks_of(sound, 480))
    rng = np.random.default_rng(delay)
    arrival = np.arange(len(chunks)) + rng.integers(0, 1 + delay // 3, len(chunks))
    audio, stream = AudioInput(RATE_HZ, WINDOW_S), BlockStream(Rememberer())
    arrived, end_s = 0, 0.3
    order = np.argsort(arrival, kind='stable')
    for step_ms in steps_ms:
        end_s += step_ms / 1000
        while arrived < len(order) and arrival[order[arrived]] <= end_s / 0.03:
            audio.add(chunks[order[arrived]])
            arrived += 1
        stream.voiced_share(audio.window(at(end_s)))
    for number in order[arrived:].tolist():
        audio.add(chunks[number])
    times_s = [end_s, end_s + 0.5]
    got = [stream.voiced_share(audio.window(at(time_s))) for time_s in times_s]
    assert got == pytest.approx(list(shares_at_once(sound, times_s)), abs=1e-9)


def test_a_gap_is_silence_of_its_length():
    sound = sound_of(3.0)
    holed = sound.copy()
    holed[20000:30000] = 0.0
    chunks = [c for c in chunks_of(sound, 1000) if not at(1.25) <= c.stamp_ns < at(1.875)]
    times_s = [0.4, 1.0, 1.6, 2.1, 2.6]
    got = shares(BlockStream(Rememberer()), chunks, times_s)
    assert got == pytest.approx(list(shares_at_once(holed, times_s)))


def test_stamps_that_jitter_and_a_clock_that_drifts_cost_nothing():
    sound = sound_of(12.0)
    rng = np.random.default_rng(1)
    chunks = chunks_of(sound, 160, late_s=lambda n: rng.uniform(0, 0.004) + n * 0.01 * 3e-4)
    audio, detector, end_s = AudioInput(RATE_HZ, WINDOW_S), Rememberer(), 0.5
    stream = BlockStream(detector)
    for chunk in chunks:
        if chunk.stamp_ns > at(end_s + 0.1):
            stream.voiced_share(audio.window(at(end_s)))
            end_s += 0.5
        audio.add(chunk)
    judged = np.concatenate([samples[CONTEXT:] for samples in detector.heard])
    begin = int(np.flatnonzero(sound == judged[BLOCK])[0]) - BLOCK
    np.testing.assert_array_equal(judged[BLOCK:], sound[begin + BLOCK : begin + len(judged)])


@pytest.mark.parametrize('rate_hz', [8000, 11025, 22050, 44100, 48000])
def test_another_rate_is_heard_as_if_resampled_at_once(rate_hz):
    random = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE_HZ).astype(np.float32)
    sound = soxr.resample(random, RATE_HZ, rate_hz)
    wanted = soxr.resample(sound, rate_hz, RATE_HZ)
    detector = Rememberer()
    chunks = chunks_of(sound, rate_hz // 100, rate_hz)
    shares(BlockStream(detector), chunks, [0.52, 1.013, 1.6, 2.2, 2.9, 3.5])
    judged = np.concatenate([samples[CONTEXT:] for samples in detector.heard])
    assert len(judged) >= 3.4 * RATE_HZ
    np.testing.assert_allclose(judged[BLOCK:], wanted[BLOCK : len(judged)], atol=1e-4)


def test_silence_before_the_first_sound_is_not_judged():
    detector = Rememberer()
    stream = BlockStream(detector)
    silence = AudioWindow(at(0.0), RATE_HZ, np.zeros(RATE_HZ, np.float32), 1.0, at(0.0))
    assert stream.voiced_share(silence) == 0.0
    assert not detector.heard


def test_sound_that_has_nothing_to_do_with_the_last_window_begins_a_stream():
    stream, other = BlockStream(Rememberer()), sound_of(2.5, seed=2)
    shares(stream, chunks_of(sound_of(2.0, seed=1)), [1.0, 1.5])
    times_s = [1.8, 2.0, 2.4]
    assert shares(stream, chunks_of(other), times_s) == shares(
        BlockStream(Rememberer()), chunks_of(other), times_s
    )


def test_streams_of_one_detector_do_not_hear_each_other():
    detector, times_s = Rememberer(), [0.5, 1.0, 1.5]
    one, other = sound_of(2.0), sound_of(2.0, seed=3)
    alone = shares(BlockStream(Rememberer()), chunks_of(one), times_s)
    stream, beside = BlockStream(detector), BlockStream(detector)
    windows = list(windows_of(chunks_of(one), times_s))
    got = []
    for window, beside_it in zip(windows, windows_of(chunks_of(other), times_s), strict=True):
        got.append(stream.voiced_share(window))
        beside.voiced_share(beside_it)
    assert got == alone


def test_a_window_shorter_than_a_block_has_no_share():
    window = AudioWindow(at(1.0), RATE_HZ, sound_of(0.02), 1.0, at(1.0))
    assert BlockStream(Rememberer()).voiced_share(window) == 0.0
