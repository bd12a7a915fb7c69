"""What a window holds, whatever happened to the chunks on their way: property tests.

Every sample is noise, so that it is found again by its value.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fer_ros.buffers import AudioRing
from fer_ros.timeline import EXACT_S, lay_out
from fer_ros.types import NS_PER_S, AudioChunk

START_NS = 1_700_000_000 * NS_PER_S  # stamps of a real clock are large
TOLERANCE_S = 0.02
RING_S = 5.0
RATES_HZ = (8000, 11025, 16000, 22050, 32000, 44100, 48000)

few = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)


@dataclass
class Stream:
    """A microphone: its sound, and how its driver cuts it."""

    rate_hz: int
    size: int
    step: int
    sound: np.ndarray

    @property
    def count(self):
        return 1 + (len(self.sound) - self.size) // self.step

    def chunk(self, number, stamp_error_s=0.0):
        first = number * self.step
        stamp_ns = START_NS + round((first / self.rate_hz + stamp_error_s) * NS_PER_S)
        return AudioChunk(stamp_ns, self.rate_hz, self.sound[first : first + self.size])

    def ring(self, chunks):
        ring = AudioRing(self.rate_hz, RING_S, TOLERANCE_S)
        for chunk in chunks:
            ring.add(chunk)
        return ring

    def window(self, ring, end, count):
        end_ns = START_NS + round(end * NS_PER_S / self.rate_hz)
        return ring.window(end_ns, count / self.rate_hz)

    def placed(self, chunks):
        """Index in the sound and place in samples of every sample that was laid out."""
        parts = lay_out(sorted(chunks, key=lambda c: c.stamp_ns), TOLERANCE_S)
        first_ns = min(chunk.stamp_ns for chunk in chunks)
        offset = (first_ns - START_NS) * self.rate_hz / NS_PER_S
        order = np.argsort(self.sound)
        values = np.concatenate([part.samples for part in parts])
        index = order[np.searchsorted(self.sound, values, sorter=order)]
        place = np.concatenate([np.arange(part.start, part.end) for part in parts]) + offset
        return index, place


@st.composite
def streams(draw, longest_s=1.0, overlaps=(0.0,)):
    rate_hz = draw(st.sampled_from(RATES_HZ))
    chunk_s = draw(st.sampled_from((0.005, 0.01, 0.016, 0.032, 0.1, 0.25, 1.0)))
    size = round(rate_hz * min(chunk_s, longest_s))
    step = max(1, round(size * (1 - draw(st.sampled_from(overlaps)))))
    count = draw(st.integers(1, max(1, min(40, round(2.0 * rate_hz / step)))))
    rng = np.random.default_rng(draw(seeds))
    sound = rng.permutation(size + (count - 1) * step).astype(np.float32) + 1
    sound.flags.writeable = False
    return Stream(rate_hz, size, step, sound)


@st.composite
def deliveries(draw, **kinds):
    """A stream and what arrives of it: some lost, some doubled, in any order."""
    stream = draw(streams(**kinds))
    numbers = draw(st.lists(st.integers(0, stream.count - 1), min_size=1, max_size=60))
    late = max(numbers) - min(numbers)
    assume(late * stream.step / stream.rate_hz < 1.9)  # else it is time that jumps back
    return stream, numbers


def truth(stream, numbers):
    """The sound of the chunks that arrived, zero elsewhere."""
    result = np.zeros(len(stream.sound), np.float32)
    for number in numbers:
        where = slice(number * stream.step, number * stream.step + stream.size)
        result[where] = stream.sound[where]
    return result


def check_every_window(stream, ring, wanted):
    total = len(stream.sound)
    for end in (total, total // 2, total + stream.size, stream.size // 3 + 1):
        for count in (min(total + stream.size, round(3 * stream.rate_hz)), stream.size):
            got = stream.window(ring, end, count)
            padded = np.concatenate([np.zeros(count), wanted, np.zeros(stream.size)])
            expected = padded[end : end + count]
            np.testing.assert_array_equal(got.samples, expected)
            assert got.coverage == pytest.approx(np.count_nonzero(expected) / count)


@few
@given(deliveries())
def test_every_sample_that_arrived_is_in_every_window_that_should_contain_it_once(given_):
    stream, numbers = given_
    ring = stream.ring(stream.chunk(number) for number in numbers)
    check_every_window(stream, ring, truth(stream, numbers))


@few
@given(deliveries(overlaps=(0.1, 0.25, 0.5, 0.75, 0.9)))
def test_sound_that_comes_in_several_chunks_is_there_once(given_):
    stream, numbers = given_
    apart_s = np.abs(np.arange(60) * stream.step - stream.size) / stream.rate_hz
    assume(((apart_s == 0) | (apart_s > EXACT_S * 1.01)).all())
    ring = stream.ring(stream.chunk(number) for number in numbers)
    check_every_window(stream, ring, truth(stream, numbers))


@few
@given(deliveries(), seeds)
def test_stamps_rounded_to_less_than_a_sample_change_nothing(given_, seed):
    stream, numbers = given_
    errors = np.random.default_rng(seed).uniform(-0.2, 0.2, stream.count) / stream.rate_hz
    errors[min(numbers)] = 0.0
    ring = stream.ring(stream.chunk(number, errors[number]) for number in numbers)
    wanted = truth(stream, numbers)
    got = stream.window(ring, len(wanted), min(len(wanted), 3 * stream.rate_hz))
    shifted = [np.roll(wanted, by)[-len(got.samples) :] for by in (0, 1, -1)]
    heard = got.samples[got.samples > 0]
    assert any(np.array_equal(np.trim_zeros(s), np.trim_zeros(got.samples)) for s in shifted)
    assert len(heard) == np.count_nonzero(wanted[-len(got.samples) :])


@few
@given(deliveries(), seeds, st.sampled_from((0.0, 0.001, 0.01)))
def test_the_order_of_arrival_does_not_matter(given_, seed, jitter_s):
    stream, numbers = given_
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0, jitter_s, stream.count)
    chunks = [stream.chunk(number, errors[number]) for number in numbers]
    other = [chunks[index] for index in rng.permutation(len(chunks))]
    count = min(len(stream.sound), 3 * stream.rate_hz)
    one = stream.window(stream.ring(chunks), len(stream.sound), count)
    two = stream.window(stream.ring(other), len(stream.sound), count)
    np.testing.assert_array_equal(one.samples, two.samples)


@few
@given(deliveries(), st.floats(4.1, 1e5))
def test_time_that_jumps_back_leaves_nothing_behind(given_, jump_s):
    stream, numbers = given_
    later = Stream(stream.rate_hz, stream.size, stream.step, -stream.sound)
    before = [later.chunk(number, jump_s) for number in numbers]
    ring = stream.ring([*before, *(stream.chunk(number) for number in numbers)])
    check_every_window(stream, ring, truth(stream, numbers))


@few
@given(streams(), st.data())
def test_whatever_stamps_do_within_the_tolerance_nothing_is_lost_or_doubled(stream, data):
    """A clock that is read after each chunk never goes back, but it may be read late."""
    late_s = data.draw(
        st.lists(st.floats(0, TOLERANCE_S / 2), min_size=stream.count, max_size=stream.count)
    )
    stamps = np.maximum.accumulate(
        np.arange(stream.count) * stream.step / stream.rate_hz + np.array(late_s)
    )
    errors = stamps - np.arange(stream.count) * stream.step / stream.rate_hz
    index, place = stream.placed(
        [stream.chunk(number, error) for number, error in enumerate(errors)]
    )
    np.testing.assert_array_equal(index, np.arange(len(stream.sound)))
    assert (np.diff(place) >= 1 - 1e-6).all()
    away_s = (place - index) / stream.rate_hz
    assert np.abs(away_s).max() <= TOLERANCE_S + 0.001


@few
@given(streams(), seeds, st.floats(0.0, TOLERANCE_S / 2))
def test_jitter_that_is_known_leaves_no_seam(stream, seed, jitter_s):
    """It is known once a stamp has gone back by that much."""
    assume(stream.count >= 3)
    errors = np.random.default_rng(seed).uniform(0, jitter_s, stream.count)
    errors[:2] = jitter_s, 0.0
    starts = np.arange(stream.count) * stream.step / stream.rate_hz
    assume((np.diff(starts + errors) > 0).all())
    _, place = stream.placed([stream.chunk(number, e) for number, e in enumerate(errors)])
    np.testing.assert_allclose(np.diff(place), 1.0)


@few
@given(deliveries(), seeds)
def test_a_small_jitter_hides_no_loss(given_, seed):
    """Stamps that are right to a millisecond: the shortest chunk that is lost leaves its gap."""
    stream, numbers = given_
    errors = np.random.default_rng(seed).uniform(0, 0.001, stream.count)
    index, place = stream.placed([stream.chunk(n, errors[n]) for n in dict.fromkeys(numbers)])
    assert len(index) == len(set(numbers)) * stream.size
    assert (np.diff(index) > 0).all()
    assert (np.diff(place) >= 1 - 1e-6).all()
    away_s = (place - index) / stream.rate_hz
    assert np.abs(away_s).max() < EXACT_S + 0.001


@pytest.mark.parametrize('chunk_s', [0.005, 0.01, 0.02])
def test_chunks_that_come_in_bursts_are_put_in_a_row(chunk_s):
    """A sound server hands over several periods at once, and the driver stamps them then."""
    rate_hz, burst = 16000, round(0.02 / chunk_s)
    size, count = round(rate_hz * chunk_s), 200
    sound = np.random.default_rng(1).permutation(size * count).astype(np.float32) + 1
    stream = Stream(rate_hz, size, size, sound)
    errors = [chunk_s * (burst - 1 - n % burst) + 1e-5 * (n % burst) for n in range(count)]
    _, place = stream.placed([stream.chunk(n, error) for n, error in enumerate(errors)])
    np.testing.assert_allclose(np.diff(place), 1.0)


@pytest.mark.parametrize('drift', [-1e-3, -5e-5, 5e-5, 1e-3])
@pytest.mark.parametrize('jitter_s', [0.0, 0.004])
@pytest.mark.parametrize('chunk_s', [0.02, 0.5])
def test_a_clock_that_drifts_makes_no_seam(drift, jitter_s, chunk_s):
    """Five minutes of a sound card that is wrong by 50 or 1000 ppm of the stamps' clock."""
    rate_hz, rng = 8000, np.random.default_rng(2)
    size = round(rate_hz * chunk_s)
    ring = AudioRing(rate_hz, RING_S, TOLERANCE_S)
    for number in range(round(300 / chunk_s)):
        samples = (number * size + np.arange(size)).astype(np.float32) + 1
        true_s = number * chunk_s * (1 + drift)
        stamp_ns = START_NS + round((true_s + rng.uniform(0, jitter_s)) * NS_PER_S)
        ring.add(AudioChunk(stamp_ns, rate_hz, samples))
        if number * chunk_s < 6 or number % round(5 / chunk_s):
            continue
        end_s = (number + 1) * chunk_s * (1 + drift) - 0.02
        got = ring.window(START_NS + round(end_s * NS_PER_S), 3.0)
        assert got.coverage == 1.0
        np.testing.assert_array_equal(np.diff(got.samples), 1.0)
        assert got.samples[-1] / rate_hz * (1 + drift) == pytest.approx(end_s, abs=0.008)


def test_a_late_stamp_costs_nothing_once_the_next_ones_are_there():
    rng = np.random.default_rng(3)
    stream = Stream(16000, 1600, 1600, rng.permutation(16000).astype(np.float32) + 1)
    errors = [0, 0, 0, 0, 0.015, 0, 0, 0, 0, 0]
    _, place = stream.placed([stream.chunk(n, error) for n, error in enumerate(errors)])
    np.testing.assert_array_equal(place, np.arange(16000))


def pcm_tone(seconds):
    """1 kHz as integers, at 16 kHz: every 16 samples are those before, to the bit."""
    period = np.rint(8000 * np.sin(np.arange(16) * np.pi / 8)) / 2**15
    return np.tile(period, round(seconds * 1000))


@pytest.mark.parametrize('sound', [pcm_tone(4.0), np.zeros(64000)], ids=['tone', 'silence'])
@pytest.mark.parametrize('chunk_s', [0.01, 0.1])
def test_jitter_takes_next_to_nothing_from_sound_that_repeats_itself(sound, chunk_s):
    """A test signal, or a microphone that is muted, whatever its stamps do."""
    size = round(16000 * chunk_s)
    stream = Stream(16000, size, size, sound.astype(np.float32))
    late_s = np.random.default_rng(4).uniform(0, min(0.01, chunk_s), stream.count)
    parts = lay_out([stream.chunk(n, late) for n, late in enumerate(late_s)], TOLERANCE_S)
    kept = np.concatenate([part.samples for part in parts])
    assert len(kept) >= 0.99 * len(sound)


@pytest.mark.parametrize('sound', [pcm_tone(2.0), np.zeros(32000)], ids=['tone', 'silence'])
@pytest.mark.parametrize('step', [400, 720, 800])
def test_overlapping_chunks_of_sound_that_repeats_itself_keep_their_time(sound, step):
    stream = Stream(16000, 800, step, sound[: 800 + 38 * step].astype(np.float32))
    ring = stream.ring(stream.chunk(number) for number in range(stream.count))
    got = stream.window(ring, len(stream.sound), 12000)
    np.testing.assert_array_equal(got.samples, stream.sound[-12000:])
    assert got.coverage == 1.0


def test_different_sound_that_claims_one_time_is_cut():
    """Stamps that are wrong by more than the tolerance: what was stamped first stays."""
    one, two = np.full((2, 1600), [[1.0], [2.0]], np.float32)
    chunks = [AudioChunk(START_NS, 16000, one), AudioChunk(START_NS + 50_000_000, 16000, two)]
    parts = lay_out(chunks, TOLERANCE_S)
    assert [(part.start, part.end, part.samples[0]) for part in parts] == [
        (0, 1600, 1.0),
        (1600, 2400, 2.0),
    ]


def test_nothing_has_no_parts():
    assert lay_out([], TOLERANCE_S) == []
