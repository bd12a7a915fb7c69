"""A clip played as if it were captured now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_ros import playback
from fer_ros.playback import due_ns
from fer_ros.types import NS_PER_S, AudioChunk, Frame

RATE_HZ = 1000
MS = NS_PER_S // 1000
PICTURE = np.zeros((2, 2, 3), np.uint8)


def frame(time_ms):
    return Frame(time_ms * MS, 'camera', PICTURE)


def chunk(time_ms, length_ms, first=0):
    """Sound whose samples count on, so that each can be told from the others."""
    return AudioChunk(time_ms * MS, RATE_HZ, np.arange(first, first + length_ms, dtype=np.float32))


def clip():
    """A hundred milliseconds: five frames, sound in odd chunks, all beginning at 40 ms."""
    samples = [frame(40 + 20 * n) for n in range(5)]
    samples += [chunk(40, 30, 0), chunk(70, 23, 30), chunk(93, 47, 53)]
    return iter(sorted(samples, key=lambda sample: sample.stamp_ns))


def sound_of(samples):
    return [sample for sample in samples if isinstance(sample, AudioChunk)]


def stamps_ms(samples):
    return [sample.stamp_ns / MS for sample in samples]


def test_the_first_sample_of_a_clip_is_at_zero():
    samples = list(playback.from_zero(clip, loop=False))
    assert stamps_ms(samples) == [0, 0, 20, 30, 40, 53, 60, 80]


def test_a_loop_goes_on_where_the_last_round_ended():
    rounds = playback.from_zero(clip, loop=True)
    samples = [next(rounds) for _ in range(24)]
    frames = [sample for sample in samples if isinstance(sample, Frame)]
    assert np.diff(stamps_ms(frames)) == pytest.approx(20)
    sound = sound_of(samples)
    assert [c.stamp_ns for c in sound[1:]] == [c.end_ns for c in sound[:-1]]


def test_a_clip_without_samples_does_not_loop_forever():
    assert list(playback.from_zero(lambda: iter(()), loop=True)) == []


def test_a_single_picture_loops_at_a_steady_pace():
    rounds = playback.from_zero(lambda: iter([frame(0)]), loop=True)
    assert stamps_ms([next(rounds) for _ in range(3)]) == [0, 100, 200]


@given(
    lengths=st.lists(st.integers(1, 90), min_size=1, max_size=20),
    size_ms=st.integers(1, 70),
)
def test_chunks_of_any_length_become_even_ones_without_losing_a_sample(lengths, size_ms):
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    given_chunks = [chunk(s, n, s) for s, n in zip(starts, lengths, strict=True)]
    out = sound_of(playback.as_devices_give(given_chunks, size_ms / 1000))
    assert {len(c.samples) for c in out[:-1]} <= {size_ms}
    assert len(out[-1].samples) <= size_ms
    assert np.array_equal(np.concatenate([c.samples for c in out]), np.arange(sum(lengths)))
    assert all(c.stamp_ns == c.samples[0] * MS for c in out)


def test_a_gap_in_the_sound_stays_a_gap_and_holds_nothing_up():
    out = sound_of(playback.as_devices_give([chunk(0, 30), chunk(80, 30)], 0.05))
    assert stamps_ms(out) == [0, 80]
    assert [len(c.samples) for c in out] == [30, 30]
    samples = [chunk(0, 30), frame(20), frame(40), frame(60), chunk(80, 30)]
    due = [due_ns(sample) for sample in playback.as_devices_give(samples, 0.05)]
    assert due == sorted(due)


def test_rounded_stamps_of_a_container_make_no_seam():
    out = sound_of(playback.as_devices_give([chunk(0, 25), chunk(26, 25, 25)], 0.05))
    assert [len(c.samples) for c in out] == [50]


@given(size_ms=st.integers(5, 60))
def test_samples_come_in_the_order_in_which_devices_give_them(size_ms):
    samples = playback.from_zero(clip, loop=False)
    due = [due_ns(sample) for sample in playback.as_devices_give(samples, size_ms / 1000)]
    assert due == sorted(due)


def test_a_loop_comes_in_order_as_well_and_does_not_wait_for_its_end():
    ordered = playback.as_devices_give(playback.from_zero(clip, loop=True), 0.05)
    due = [due_ns(next(ordered)) for _ in range(50)]
    assert due == sorted(due)


@pytest.mark.parametrize('rate', [0.5, 2.0])
def test_at_another_speed_all_times_shrink_alike(rate):
    samples = [frame(0), chunk(0, 100), frame(100)]
    out = list(playback.at_speed(samples, rate))
    assert stamps_ms(out) == [0, 0, 100 / rate]
    assert out[1].end_ns == pytest.approx(out[2].stamp_ns)


class FakeTime:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now_ns = 0

    def elapsed_ns(self):
        return self.now_ns

    def wait(self, seconds):
        self.now_ns += round(seconds * NS_PER_S)


def test_each_sample_is_given_when_it_is_due():
    time = FakeTime()
    samples = playback.as_devices_give(playback.from_zero(clip, loop=False), 0.05)
    for sample in playback.paced(samples, time.elapsed_ns, time.wait):
        assert time.now_ns == due_ns(sample)


def test_a_delay_is_caught_up_and_only_pictures_are_left_out():
    time = FakeTime()
    samples = [frame(ms) for ms in range(0, 1000, 20)] + [
        chunk(ms, 20) for ms in range(0, 980, 20)
    ]
    samples.sort(key=due_ns)
    given_samples = playback.paced(samples, time.elapsed_ns, time.wait)
    out = [next(given_samples)]
    time.now_ns = 700 * MS  # publishing the first one took this long
    out += list(given_samples)
    late_ms = playback.LATE_NS // MS
    times = stamps_ms([sample for sample in out if isinstance(sample, Frame)])
    assert times == [0, *range(700 - late_ms, 1000, 20)]
    assert len(sound_of(out)) == 49
    assert time.now_ns == 980 * MS
