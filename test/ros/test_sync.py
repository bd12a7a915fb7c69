"""The filter for message_filters, fed by filters as a chain would feed it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from ros_graph import AudioData, AudioDataStamped, AudioInfo, Image, SimpleFilter

from fer_ros.ros.encode import header
from fer_ros.ros.sync import AudioWindowFilter
from fer_ros.types import NS_PER_S

RATE_HZ = 8000
START_NS = 1_000 * NS_PER_S


class Chain:
    """The filter between three inputs and a list of what it called back with."""

    def __init__(self) -> None:
        self.image, self.audio, self.info = SimpleFilter(), SimpleFilter(), SimpleFilter()
        self.errors: list[Exception] = []
        self.got: list[tuple[int, float]] = []
        self.filter = AudioWindowFilter(
            image=self.image,
            audio=self.audio,
            audio_info=self.info,
            rate_hz=RATE_HZ,
            window_s=1.0,
            max_wait_s=60.0,
            on_error=self.errors.append,
        )
        self.filter.registerCallback(self.store)
        self.info.signalMessage(
            AudioInfo(channels=1, sample_rate=RATE_HZ, sample_format='S16LE', coding_format='wave')
        )

    def store(self, message, window) -> None:
        self.got.append((int(message.width), window.coverage))

    def send_image(self, time_s: float, number: int = 0) -> None:
        self.image.signalMessage(Image(header=stamp(time_s), width=number))

    def send_sound(self, time_s: float, length_s: float) -> None:
        samples = np.full(round(length_s * RATE_HZ), 1000, dtype='<i2')
        data = AudioData(data=samples.tobytes())
        self.audio.signalMessage(AudioDataStamped(header=stamp(time_s), audio=data))


def stamp(time_s: float):
    return header(START_NS + round(time_s * NS_PER_S), 'sensor')


@pytest.fixture
def chain():
    return Chain()


def test_a_picture_comes_with_all_the_sound_before_it(chain):
    for number in range(20):
        chain.send_sound(number * 0.1, 0.1)
    chain.send_image(1.95, 7)
    assert chain.got == [(7, 1.0)]


def test_a_picture_waits_for_its_sound(chain):
    chain.send_sound(0.0, 1.0)
    chain.send_image(1.05, 1)
    chain.send_image(1.08, 2)
    assert chain.got == []
    chain.send_sound(1.0, 0.1)
    assert chain.got == [(1, 1.0), (2, 1.0)]


def test_a_callback_that_raises_harms_no_later_message(chain):
    def fail_once(message, window):
        if message.width == 1:
            raise RuntimeError('boom')

    chain.filter.registerCallback(fail_once)
    chain.send_sound(0.0, 2.0)
    with pytest.raises(RuntimeError, match='boom'):
        chain.send_image(1.0, 1)
    chain.send_image(1.1, 2)
    assert [number for number, _ in chain.got] == [1, 2]


def test_a_callback_may_feed_the_filter_itself(chain):
    chain.filter.registerCallback(
        lambda message, window: chain.send_image(1.5, 2) if message.width == 1 else None
    )
    chain.send_sound(0.0, 2.0)
    chain.send_image(1.0, 1)
    assert [number for number, _ in chain.got] == [1, 2]


def test_messages_that_cannot_be_read_are_reported_and_left_out(chain):
    chain.image.signalMessage(Image(width=3))  # without a stamp
    odd = AudioDataStamped(header=stamp(0.0), audio=AudioData(data=b'abc'))
    chain.audio.signalMessage(odd)
    assert len(chain.errors) == 2
    chain.send_sound(0.0, 1.0)
    chain.send_image(0.5, 4)
    assert [number for number, _ in chain.got] == [4]


def test_the_order_holds_when_several_threads_feed_it(chain):
    count = 200

    def feed_images() -> None:
        for number in range(count):
            chain.send_image(1.0 + number * 0.01, number)

    def feed_sound() -> None:
        for number in range(45):
            chain.send_sound(number * 0.1, 0.1)

    threads = [threading.Thread(target=feed) for feed in (feed_images, feed_sound)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain.send_sound(4.5, 0.1)
    assert [number for number, _ in chain.got] == list(range(count))
