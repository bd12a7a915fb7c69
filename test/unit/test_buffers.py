import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_ros.buffers import MOST_OVERLAP, AudioRing, RingError
from fer_ros.types import NS_PER_S, AudioChunk

RATE_HZ = 1000  # one sample is one millisecond: stamps on the grid are exact
TOLERANCE_S = 0.02
TOLERANCE = 20
LATER_NS = 1_700_000_000 * NS_PER_S  # stamps of a real clock are large


def ms(count):
    return count * NS_PER_S // RATE_HZ


def signal(count):
    """Every sample has a value of its own, none is zero."""
    return np.arange(1, count + 1, dtype=np.float32)


def chunk(start, values, base_ns=LATER_NS, jitter_ns=0, rate_hz=RATE_HZ):
    return AudioChunk(base_ns + ms(start) + jitter_ns, rate_hz, np.asarray(values, np.float32))


def window(ring, end, count, base_ns=LATER_NS):
    return ring.window(base_ns + ms(end), count / RATE_HZ)


@st.composite
def deliveries(draw):
    """Pieces of one signal, some lost, some doubled, in any order."""
    lengths = draw(st.lists(st.integers(TOLERANCE + 1, 90), min_size=1, max_size=12))
    edges = np.concatenate([[0], np.cumsum(lengths)])
    pieces = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    kept = draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=24))
    return int(edges[-1]), kept


@given(deliveries(), st.integers(1, 1200), st.integers(-50, 1300))
def test_every_sample_that_arrived_is_in_every_window_that_should_contain_it(given_, count, end):
    total, pieces = given_
    values = signal(total)
    truth = np.zeros(4000, np.float32)  # index 2000 is time zero
    ring = AudioRing(RATE_HZ, 1.2, TOLERANCE_S)
    for first, last in pieces:
        ring.add(chunk(first, values[first:last]))
        truth[2000 + first : 2000 + last] = values[first:last]
    got = window(ring, end, count)
    wanted = truth[2000 + end - count : 2000 + end]
    np.testing.assert_array_equal(got.samples, wanted)
    assert got.coverage == pytest.approx(np.count_nonzero(wanted) / count)


@pytest.mark.parametrize('step', [0, 1], ids=['standing still', 'creeping'])
def test_stamps_that_do_not_advance_do_not_fill_the_memory(step):
    ring = AudioRing(RATE_HZ, 1.0, TOLERANCE_S)
    added = []
    for number in range(400):
        sound = chunk(number * step, number + np.linspace(0, 0.5, 500))
        added.append(weakref.ref(sound))
        ring.add(sound)
    held = [sound for reference in added if (sound := reference())]
    assert 0 < sum(len(kept.samples) for kept in held) <= MOST_OVERLAP * RATE_HZ
    ring.add(chunk(2000, signal(500)))
    np.testing.assert_array_equal(window(ring, 2500, 500).samples, signal(500))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200)), min_size=1, max_size=12))
def test_overlapping_chunks_give_each_sample_once(spans):
    values = signal(1000)
    ring = AudioRing(RATE_HZ, 1.0, tolerance_s=0.0)
    heard = np.zeros(1000, bool)
    for first, length in spans:
        ring.add(chunk(first, values[first : first + length]))
        heard[first : first + length] = True
    got = window(ring, 700, 700)
    np.testing.assert_array_equal(got.samples, np.where(heard, values, 0)[:700])


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40))
def test_the_newest_sound_survives_however_often_the_ring_wraps(lengths):
    ring = AudioRing(RATE_HZ, 0.5, TOLERANCE_S)
    values = signal(sum(lengths))
    start = 0
    for length in lengths:
        ring.add(chunk(start, values[start : start + length]))
        start += length
        kept = min(start, 500)
        got = window(ring, start, kept)
        np.testing.assert_array_equal(got.samples, values[start - kept : start])


def test_a_window_of_the_future_has_the_known_part_and_says_so():
    ring = AudioRing(RATE_HZ, 1.0)
    ring.add(chunk(0, signal(300)))
    got = window(ring, 400, 400)
    np.testing.assert_array_equal(got.samples, np.concatenate([signal(300), np.zeros(100)]))
    assert got.coverage == pytest.approx(0.75)
    assert got.newest_ns == LATER_NS + ms(300)
    assert got.stamp_ns == LATER_NS + ms(400)


def test_an_empty_ring_gives_silence():
    ring = AudioRing(RATE_HZ, 1.0)
    got = window(ring, 0, 100)
    assert not got.samples.any()
    assert (got.coverage, got.newest_ns, ring.newest_ns) == (0.0, None, None)


def test_the_newest_sample_is_known():
    ring = AudioRing(RATE_HZ, 1.0)
    ring.add(chunk(0, signal(100)))
    assert ring.newest_ns == LATER_NS + ms(100)


def test_windows_cannot_be_written_through():
    ring = AudioRing(RATE_HZ, 1.0)
    ring.add(chunk(0, signal(100)))
    got = window(ring, 100, 100)
    with pytest.raises(ValueError, match='read-only'):
        got.samples[0] = 1.0


def test_a_window_keeps_what_it_had_when_more_sound_comes():
    ring = AudioRing(RATE_HZ, 0.1)
    ring.add(chunk(0, signal(100)))
    got = window(ring, 100, 100)
    ring.add(chunk(100, -signal(100)))
    np.testing.assert_array_equal(got.samples, signal(100))


def test_sound_before_the_first_chunk_finds_its_place():
    ring = AudioRing(RATE_HZ, 1.0)
    values = signal(200)
    ring.add(chunk(100, values[100:]))
    ring.add(chunk(0, values[:100]))
    np.testing.assert_array_equal(window(ring, 200, 200).samples, values)


def test_a_late_chunk_counts_as_far_as_the_ring_reaches():
    values = signal(250)
    ring = AudioRing(RATE_HZ, 0.1)
    ring.add(chunk(150, values[150:]))
    ring.add(chunk(50, values[50:150]))
    assert window(ring, 250, 100).coverage == 1.0
    assert window(ring, 150, 100).coverage == 0.0
    ring.add(chunk(100, values[100:200]))
    np.testing.assert_array_equal(window(ring, 200, 100).samples, values[100:200])


def test_a_chunk_that_comes_again_is_kept_once():
    ring = AudioRing(RATE_HZ, 1.0)
    for _ in range(3):
        ring.add(chunk(0, np.zeros(100)))
        ring.add(chunk(100, signal(100)))
    got = window(ring, 200, 200)
    np.testing.assert_array_equal(got.samples, np.concatenate([np.zeros(100), signal(100)]))
    assert got.coverage == 1.0


def test_different_chunks_of_one_stamp_are_both_there():
    """As of a clock that counts whole milliseconds, or worse."""
    ring = AudioRing(RATE_HZ, 1.0)
    values = signal(20)
    ring.add(chunk(0, values[:10]))
    ring.add(chunk(0, values[10:]))
    got = window(ring, 30, 60).samples
    np.testing.assert_array_equal(np.trim_zeros(got), values)


def test_sound_that_is_late_is_not_time_that_jumps_back():
    ring = AudioRing(RATE_HZ, 5.0)
    ring.add(chunk(3000, signal(100)))
    ring.add(chunk(1000, signal(200)))
    assert ring.newest_ns == LATER_NS + ms(3100)
    ring.add(chunk(900, signal(100)))
    assert ring.newest_ns == LATER_NS + ms(1000)


def test_a_chunk_longer_than_the_ring_leaves_its_end():
    ring = AudioRing(RATE_HZ, 0.1)
    ring.add(chunk(0, signal(350)))
    np.testing.assert_array_equal(window(ring, 350, 100).samples, signal(350)[-100:])


def test_time_that_jumps_back_starts_anew():
    ring = AudioRing(RATE_HZ, 1.0)
    ring.add(chunk(5000, signal(500)))
    ring.add(chunk(0, -signal(500)))
    np.testing.assert_array_equal(window(ring, 500, 500).samples, -signal(500))
    assert ring.newest_ns == LATER_NS + ms(500)
    assert window(ring, 5500, 500).coverage == 0.0


def test_time_that_jumps_forward_leaves_no_old_sound_behind():
    ring = AudioRing(RATE_HZ, 1.0)
    ring.add(chunk(0, signal(1000)))
    ring.add(chunk(100_000, -signal(100)))
    got = window(ring, 100_100, 1000)
    np.testing.assert_array_equal(got.samples, np.concatenate([np.zeros(900), -signal(100)]))


def test_a_rate_without_whole_nanoseconds_stays_exact_for_hours():
    rate_hz = 44_100
    ring = AudioRing(rate_hz, 1.0, tolerance_s=0.0)
    hours = 6 * 3600 * rate_hz
    values = signal(2000)
    ring.add(AudioChunk(LATER_NS, rate_hz, values[:1]))
    ring.add(AudioChunk(LATER_NS + round(hours * NS_PER_S / rate_hz), rate_hz, values[:1000]))
    second = LATER_NS + round((hours + 1000) * NS_PER_S / rate_hz)
    ring.add(AudioChunk(second, rate_hz, values[1000:]))
    end_ns = LATER_NS + round((hours + 2000) * NS_PER_S / rate_hz)
    got = ring.window(end_ns, 2000 / rate_hz)
    np.testing.assert_array_equal(got.samples, values)


def test_a_chunk_without_samples_changes_nothing():
    ring = AudioRing(RATE_HZ, 0.5)
    ring.add(chunk(10_000, signal(500)))
    ring.add(chunk(0, []))
    np.testing.assert_array_equal(window(ring, 10_500, 500).samples, signal(500))


@pytest.mark.parametrize('length', [0.0, -1.0, 1.001])
def test_a_window_that_the_ring_cannot_hold_is_refused(length):
    ring = AudioRing(RATE_HZ, 1.0)
    with pytest.raises(RingError, match=r'\(0, 1\] s'):
        ring.window(LATER_NS, length)


def test_another_rate_is_refused():
    ring = AudioRing(RATE_HZ, 1.0)
    with pytest.raises(RingError, match='16000 Hz for a ring of 1000 Hz'):
        ring.add(chunk(0, signal(10), rate_hz=16_000))


@pytest.mark.parametrize(('rate_hz', 'length'), [(0, 1.0), (16_000, 0.0)])
def test_an_impossible_ring_is_refused(rate_hz, length):
    with pytest.raises(RingError, match='must be positive'):
        AudioRing(rate_hz, length)


def test_readers_in_other_threads_see_whole_chunks_in_order():
    ring = AudioRing(RATE_HZ, 1.0)
    values = signal(20_000)
    finished = threading.Event()
    broken = []

    def read():
        while not finished.is_set():
            newest_ns = ring.newest_ns
            if newest_ns is None:
                continue
            got = np.trim_zeros(ring.window(newest_ns, 0.5).samples, 'f')  # left behind meanwhile
            if not (np.diff(got) == 1).all():
                broken.append(got)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for start in range(0, len(values), 25):
        ring.add(chunk(start, values[start : start + 25]))
    finished.set()
    for reader in readers:
        reader.join(timeout=10)
        assert not reader.is_alive()
    assert broken == []
