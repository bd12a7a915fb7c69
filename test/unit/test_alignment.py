import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import seconds
from fer_ros.alignment import Aligner
from fer_ros.timeline import EXACT_S
from fer_ros.types import AudioChunk

RATE_HZ = 8000


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def aligner(clock):
    return Aligner(RATE_HZ, window_s=1.0, max_wait_s=0.2, max_waiting=3, clock=clock)


def sound(start_s, end_s, level=0.5):
    count = round((end_s - start_s) * RATE_HZ)
    return AudioChunk(seconds(start_s), RATE_HZ, np.full(count, level, np.float32))


def test_a_picture_waits_for_the_sound_that_was_captured_before_it(aligner):
    assert aligner.add_audio(sound(0.0, 1.0)) == []
    assert aligner.add(seconds(1.1), 'picture') == []
    ((item, window),) = aligner.add_audio(sound(1.0, 1.2))
    assert item == 'picture'
    assert window.stamp_ns == seconds(1.1)
    assert window.coverage == 1.0


def test_a_picture_of_the_past_is_ready_at_once(aligner):
    aligner.add_audio(sound(0.0, 2.0))
    assert [item for item, _ in aligner.add(seconds(1.5), 'picture')] == ['picture']


def test_no_sound_holds_up_a_picture_only_for_so_long(aligner, clock):
    assert aligner.add(seconds(1.0), 'first') == []
    clock.now += 0.19
    assert aligner.add(seconds(1.1), 'second') == []
    clock.now += 0.02
    ((item, window),) = aligner.add(seconds(1.2), 'third')
    assert item == 'first'
    assert window.coverage == 0.0


def test_a_flood_of_pictures_does_not_pile_up(aligner):
    given = [item for n in range(10) for item, _ in aligner.add(seconds(1.0 + n), n)]
    assert given == list(range(7))


def test_the_order_of_pictures_stays(aligner):
    for number in range(3):
        aligner.add(seconds(1.0 + 0.1 * number), number)
    assert [item for item, _ in aligner.add_audio(sound(0.0, 2.0))] == [0, 1, 2]


@pytest.mark.parametrize('chunk_s', [0.01, 0.032, 0.1])
def test_every_sample_is_in_every_window_that_should_contain_it(aligner, chunk_s):
    wave = np.arange(3 * RATE_HZ, dtype=np.float32) / (3 * RATE_HZ)
    size = round(chunk_s * RATE_HZ)
    events = [(first / RATE_HZ, wave[first : first + size]) for first in range(0, len(wave), size)]
    frames = [1.0 + n / 30 for n in range(50)]
    ready = []
    for start_s, samples in events:
        while frames and frames[0] <= start_s:
            frame_s = frames.pop(0)
            ready += aligner.add(seconds(frame_s), frame_s)
        ready += aligner.add_audio(AudioChunk(seconds(start_s), RATE_HZ, samples))
    assert len(ready) == 50
    for frame_s, window in ready:
        end = round(frame_s * RATE_HZ)
        np.testing.assert_allclose(window.samples, wave[end - RATE_HZ : end], atol=2 / len(wave))


def test_a_picture_waits_for_a_chunk_that_is_overtaken(aligner):
    aligner.add_audio(sound(0.0, 1.0))
    aligner.add_audio(sound(1.1, 1.2))
    assert aligner.add(seconds(1.15), 'picture') == []
    ((_, window),) = aligner.add_audio(sound(1.0, 1.1))
    assert window.coverage == 1.0


def test_sound_that_was_lost_long_ago_is_not_waited_for(aligner):
    aligner.add_audio(sound(0.0, 1.0))
    aligner.add_audio(sound(1.1, 1.5))
    ((_, window),) = aligner.add(seconds(1.4), 'picture')
    assert window.coverage == pytest.approx(0.9)


def test_sound_before_the_first_is_not_waited_for(aligner):
    aligner.add_audio(sound(1.0, 1.1))
    ((_, window),) = aligner.add(seconds(1.05), 'picture')
    assert window.coverage == pytest.approx(0.05)


def test_pictures_of_before_a_jump_back_are_not_held_up_by_it(aligner):
    aligner.add(seconds(10.0), 'before')
    ready = aligner.add(seconds(0.5), 'after')
    assert [item for item, _ in ready] == ['before']
    assert [item for item, _ in aligner.add_audio(sound(0.0, 1.0))] == ['after']


def test_what_still_waits_can_be_had_in_the_end(aligner):
    aligner.add_audio(sound(0.0, 1.0))
    aligner.add(seconds(1.05), 'picture')
    ((item, window),) = aligner.flush()
    assert (item, window.coverage) == ('picture', pytest.approx(0.95))
    assert aligner.flush() == []


@st.composite
def arrivals(draw):
    """Chunks of two seconds of sound and 30 pictures a second, each late in a way of its own."""
    chunk_s = draw(st.sampled_from((0.005, 0.01, 0.032, 0.1, 0.5)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    late_s = draw(st.sampled_from((0.0, 0.05, 0.19, 0.5)))
    chunks = [(chunk_s, 0.0)]  # sound before the first that came is not waited for
    for start_s in np.arange(1, round(2.0 / chunk_s)) * chunk_s:
        for _ in range(rng.choice((0, 1, 2), p=(0.05, 0.85, 0.1))):
            chunks.append((start_s + chunk_s + rng.uniform(0, late_s), start_s))
    pictures = [(n / 30 + rng.uniform(0, 0.1), n / 30) for n in range(1, 55)]
    return chunk_s, chunks, pictures


@settings(max_examples=25, deadline=None)
@given(arrivals())
def test_sound_that_comes_in_time_is_in_every_window_that_should_contain_it(given_):
    chunk_s, chunks, pictures = given_
    size = round(chunk_s * RATE_HZ)
    wave = np.random.default_rng(0).permutation(2 * RATE_HZ + size).astype(np.float32) + 1
    clock, max_wait_s, window_s = Clock(), 0.2, 1.0
    aligner = Aligner(RATE_HZ, window_s, max_wait_s, max_waiting=1000, clock=clock)
    truth = np.zeros(4 * RATE_HZ, np.float32)  # index RATE_HZ is time zero
    given_back = []
    for now, start_s, is_picture in sorted(
        [(*chunk, False) for chunk in chunks] + [(*picture, True) for picture in pictures]
    ):
        clock.now = now
        if is_picture:
            ready = aligner.add(seconds(start_s), (now, start_s))
        else:
            first = round(start_s * RATE_HZ)
            samples = wave[first : first + size]
            truth[RATE_HZ + first : RATE_HZ + first + size] = samples
            ready = aligner.add_audio(AudioChunk(seconds(start_s), RATE_HZ, samples))
        for (arrived_s, frame_s), window in ready:
            end = RATE_HZ + round(frame_s * RATE_HZ)
            np.testing.assert_array_equal(window.samples, truth[end - RATE_HZ : end])
            given_back.append((now, arrived_s, frame_s))
    first_came_s = {start_s: came_s for came_s, start_s in sorted(chunks, reverse=True)}
    in_time = {s: c for s, c in first_came_s.items() if c - s - chunk_s < max_wait_s}
    for now, arrived_s, frame_s in given_back:
        for start_s, came_s in in_time.items():
            if frame_s - window_s < start_s < frame_s - EXACT_S:
                assert came_s <= now or came_s >= arrived_s + max_wait_s
