"""The filter for message_filters, fed by filters as a chain would feed it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from ros_graph import (
    AudioData,
    AudioDataStamped,
    AudioInfo,
    Cache,
    Image,
    SimpleFilter,
    Subscriber,
    qos,
    wait_until,
)

from fer_ros.ros.encode import header
from fer_ros.ros.sync import AudioWindowFilter
from fer_ros.types import NS_PER_S

RATE_HZ = 8000
START_NS = 1_000 * NS_PER_S


class Chain:
    """The filter between three inputs and a list of what it called back with."""

    def __init__(self, **settings) -> None:
        self.now_s = 0.0
        self.image, self.audio, self.info = SimpleFilter(), SimpleFilter(), SimpleFilter()
        self.errors: list[Exception] = []
        self.got: list[tuple[int, float]] = []
        self.filter = AudioWindowFilter(
            image=self.image,
            audio=self.audio,
            audio_info=self.info,
            rate_hz=RATE_HZ,
            window_s=1.0,
            max_wait_s=0.2,
            on_error=self.errors.append,
            clock=lambda: self.now_s,
            **settings,
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


def test_a_callback_that_raises_harms_neither_others_nor_later_messages(chain):
    def fail_once(message, window):
        if message.width == 1:
            raise RuntimeError('boom')

    chain.filter.callbacks.clear()
    chain.filter.registerCallback(fail_once)
    chain.filter.registerCallback(chain.store)
    chain.send_sound(0.0, 1.0)
    chain.send_image(1.05, 1)
    chain.send_image(1.06, 2)
    with pytest.raises(RuntimeError, match='boom'):
        chain.send_sound(1.0, 0.1)
    chain.send_image(1.07, 3)
    assert [number for number, _ in chain.got] == [1, 2, 3]


def test_whatever_ends_a_callback_the_rest_is_delivered_with_the_next_message(chain):
    def interrupt_once(message, window):
        if message.width == 1:
            raise KeyboardInterrupt

    chain.filter.registerCallback(interrupt_once)
    chain.send_sound(0.0, 1.0)
    chain.send_image(1.05, 1)
    chain.send_image(1.06, 2)
    with pytest.raises(KeyboardInterrupt):
        chain.send_sound(1.0, 0.1)
    chain.send_image(1.07, 3)
    assert [number for number, _ in chain.got] == [1, 2, 3]


def test_no_lock_is_held_while_a_callback_runs(chain):
    """A callback that takes its time keeps no other thread from feeding the filter."""
    fed = threading.Event()

    def wait(message, window):
        if message.width == 1:
            assert fed.wait(timeout=20)

    chain.filter.registerCallback(wait)
    chain.send_sound(0.0, 2.0)
    slow = threading.Thread(target=chain.send_image, args=(1.0, 1))
    slow.start()
    wait_until(lambda: chain.got, 'the callback to begin')
    chain.send_image(1.1, 2)  # would block here
    chain.send_sound(2.0, 0.1)
    chain.filter.flush()
    fed.set()
    slow.join(timeout=20)
    assert [number for number, _ in chain.got] == [1, 2]


def test_arguments_have_names():
    inputs = SimpleFilter(), SimpleFilter()
    with pytest.raises(TypeError, match='positional'):
        AudioWindowFilter(*inputs)


def test_a_microphone_that_stopped_does_not_hold_up_pictures(chain):
    chain.send_sound(0.0, 1.0)
    chain.send_image(1.5, 1)
    chain.now_s = 0.1
    chain.send_image(1.6, 2)
    assert chain.got == []
    chain.now_s = 0.25
    chain.send_image(1.7, 3)
    assert chain.got == [(1, pytest.approx(0.5))]
    chain.filter.flush()
    assert [number for number, _ in chain.got] == [1, 2, 3]


def test_offsets_are_added_to_the_stamps():
    chain = Chain(image_offset_s=-0.5, audio_offset_s=1.0)
    windows = []
    chain.filter.registerCallback(lambda message, window: windows.append(window))
    chain.send_sound(0.0, 2.0)
    chain.send_image(3.0)
    assert windows[0].stamp_ns == START_NS + round(2.5 * NS_PER_S)
    assert windows[0].coverage == 1.0
    chain.send_image(2.0)
    assert windows[1].coverage == pytest.approx(0.5)


def test_a_bag_that_loops_begins_again(chain):
    for _ in range(2):
        for number in range(50):
            chain.send_sound(number * 0.1, 0.1)
            chain.send_image(number * 0.1 + 0.05, number)
    whole = [(number, min(1.0, number * 0.1 + 0.05)) for number in range(50)]
    got = [(number, pytest.approx(coverage)) for number, coverage in whole]
    assert chain.got == got * 2


def test_callbacks_come_and_go_and_have_arguments_of_their_own(chain):
    told = []
    connection = chain.filter.registerCallback(
        lambda message, window, name: told.append((name, message.width)), 'left'
    )
    chain.send_sound(0.0, 2.0)
    chain.send_image(1.0, 1)
    chain.filter.unregisterCallback(connection)
    chain.send_image(1.1, 2)
    assert told == [('left', 1)]
    assert len(chain.got) == 2


def test_it_stands_behind_a_cache(chain):
    cache = Cache(chain.image, 10)
    behind = AudioWindowFilter(image=cache, audio=Cache(chain.audio, 10), audio_info=chain.info)
    got = []
    behind.registerCallback(lambda message, window: got.append(message.width))
    chain.info.signalMessage(
        AudioInfo(channels=1, sample_rate=RATE_HZ, sample_format='S16LE', coding_format='wave')
    )
    chain.send_sound(0.0, 2.0)
    chain.send_image(1.0, 1)
    assert got == [1]
    assert cache.getLast().width == 1


def test_it_stands_behind_subscribers(graph):
    """A chain as in docs/time.md, fed over the network."""
    latched = {'qos_profile': qos.LATCHED}
    pair = AudioWindowFilter(
        image=Subscriber(graph.node, Image, 'image'),
        audio=Subscriber(graph.node, AudioDataStamped, 'audio'),
        audio_info=Subscriber(graph.node, AudioInfo, 'audio_info', **latched),
        window_s=1.0,
    )
    got = []
    pair.registerCallback(lambda message, window: got.append((message.width, window.coverage)))
    images = graph.node.create_publisher(Image, 'image', 10)
    audio = graph.node.create_publisher(AudioDataStamped, 'audio', 10)
    info = graph.node.create_publisher(AudioInfo, 'audio_info', qos.LATCHED)
    info.publish(
        AudioInfo(channels=1, sample_rate=RATE_HZ, sample_format='S16LE', coding_format='wave')
    )
    data = AudioData(data=np.ones(2 * RATE_HZ, dtype='<i2').tobytes())

    def send():
        audio.publish(AudioDataStamped(header=stamp(0.0), audio=data))
        images.publish(Image(header=stamp(1.5), width=7))
        return (7, 1.0) in got

    wait_until(send, 'a picture with its window')


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


def test_no_thread_overtakes_another_between_alignment_and_delivery(chain, monkeypatch):
    add, second_delivered = chain.filter._aligner.add, threading.Event()
    taken = threading.Event()

    def slow_add(stamp_ns, message):
        ready = add(stamp_ns, message)
        if message.width == 1:
            taken.set()
            second_delivered.wait(timeout=0.3)  # it must not come while this one is on its way
        return ready

    monkeypatch.setattr(chain.filter._aligner, 'add', slow_add)
    chain.filter.registerCallback(
        lambda message, window: second_delivered.set() if message.width == 2 else None
    )
    chain.send_sound(0.0, 2.0)
    first = threading.Thread(target=chain.send_image, args=(1.0, 1))
    first.start()
    assert taken.wait(timeout=20)
    chain.send_image(1.1, 2)
    first.join(timeout=20)
    assert [number for number, _ in chain.got] == [1, 2]


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
