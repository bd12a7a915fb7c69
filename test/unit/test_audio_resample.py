from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.audio.resample import ChunkResampler, ResampleError
from fer_ros.types import NS_PER_S, AudioChunk

START_NS = 1_700_000_000 * NS_PER_S
RATES = st.sampled_from((8000, 11025, 16000, 22050, 32000, 44100, 48000))


def chunks_of(samples, rate_hz, sizes, start_ns=START_NS):
    """The samples cut into chunks whose sizes repeat, stamped without gap."""
    done, number = 0, 0
    while done < len(samples):
        part = samples[done : done + sizes[number % len(sizes)]]
        stamp_ns = start_ns + round(done * NS_PER_S / rate_hz)
        yield AudioChunk(stamp_ns, rate_hz, part.astype(np.float32))
        done, number = done + len(part), number + 1


def run(resampler, chunks):
    ready = [out for chunk in chunks for out in resampler.process(chunk)]
    return ready + resampler.flush()


def tone(hz, rate_hz, duration_s):
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * duration_s)) / rate_hz)


@settings(max_examples=30, deadline=None)
@given(source=RATES, target=RATES, sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=4))
def test_a_tone_keeps_frequency_level_and_time(source, target, sizes):
    out = run(ChunkResampler(target), chunks_of(tone(440, source, 0.5), source, sizes))
    assert {chunk.rate_hz for chunk in out} == {target}
    for chunk in out:
        seconds = (chunk.stamp_ns - START_NS) / NS_PER_S + np.arange(len(chunk.samples)) / target
        inside = (seconds > 0.02) & (seconds < 0.48)
        expected = 0.5 * np.sin(2 * np.pi * 440 * seconds)
        np.testing.assert_allclose(chunk.samples[inside], expected[inside], atol=2e-3)


@settings(max_examples=30, deadline=None)
@given(source=RATES, target=RATES, sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=4))
def test_chunks_follow_each_other_without_loss(source, target, sizes):
    out = run(ChunkResampler(target), chunks_of(tone(440, source, 0.5), source, sizes))
    wanted = round(0.5 * source) * target / source
    assert abs(sum(len(chunk.samples) for chunk in out) - wanted) <= 1
    for before, after in pairwise(out):
        assert abs(after.stamp_ns - before.end_ns) <= 0.1 * NS_PER_S / target + 2


def test_a_gap_starts_anew_with_true_times():
    resampler = ChunkResampler(16000)
    first = chunks_of(tone(440, 48000, 0.3), 48000, [4800])
    later_ns = START_NS + 5 * NS_PER_S
    second = chunks_of(tone(440, 48000, 0.3), 48000, [4800], later_ns)
    out = run(resampler, [*first, *second])
    before = [chunk for chunk in out if chunk.stamp_ns < later_ns - NS_PER_S]
    after = [chunk for chunk in out if chunk.stamp_ns >= later_ns - NS_PER_S]
    assert abs(before[-1].end_ns - (START_NS + 0.3 * NS_PER_S)) < NS_PER_S / 16000
    assert after[0].stamp_ns == later_ns
    assert abs(sum(len(chunk.samples) for chunk in after) - 4800) <= 1


def test_a_clock_that_drifts_is_followed():
    resampler = ChunkResampler(16000)
    fast = 1.001  # the sound card delivers a second of sound every 0.999 s
    stamps_ns = [START_NS + round(number * 0.1 / fast * NS_PER_S) for number in range(200)]
    silence = np.zeros(4800, np.float32)
    out = run(resampler, [AudioChunk(stamp_ns, 48000, silence) for stamp_ns in stamps_ns])
    true_end_ns = START_NS + round(200 * 0.1 / fast * NS_PER_S)
    assert abs(out[-1].end_ns - true_end_ns) < 0.001 * NS_PER_S


def test_another_rate_in_the_stream_starts_anew():
    resampler = ChunkResampler(16000)
    for chunk in chunks_of(tone(440, 48000, 0.2), 48000, [4800]):
        resampler.process(chunk)
    next_ns = START_NS + round(0.2 * NS_PER_S)
    out = run(resampler, chunks_of(tone(440, 44100, 0.2), 44100, [4410], next_ns))
    assert out[0].stamp_ns < next_ns <= out[1].stamp_ns
    assert abs(out[-1].end_ns - (START_NS + 0.4 * NS_PER_S)) < NS_PER_S / 16000


def test_the_right_rate_passes_through_untouched():
    chunk = AudioChunk(START_NS, 16000, np.ones(100, np.float32))
    assert ChunkResampler(16000).process(chunk) == [chunk]


def test_what_comes_out_cannot_be_written():
    out = run(ChunkResampler(16000), chunks_of(tone(440, 48000, 0.2), 48000, [4800]))
    assert not any(chunk.samples.flags.writeable for chunk in out)


def test_an_impossible_rate_is_refused():
    with pytest.raises(ResampleError, match='100 Hz'):
        ChunkResampler(100)
    with pytest.raises(ResampleError, match='0 Hz'):
        ChunkResampler(16000).process(AudioChunk(START_NS, 0, np.zeros(10, np.float32)))
