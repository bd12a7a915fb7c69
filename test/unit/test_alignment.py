import numpy as np
import pytest

from fakes import seconds
from fer_ros.alignment import Aligner
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
