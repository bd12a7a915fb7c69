"""Buffers that DDS keeps for large messages are given back when only small ones come."""

from __future__ import annotations

import array
import itertools
from types import SimpleNamespace

import pytest
from ros_graph import AudioData, AudioDataStamped, Header, Image, qos, wait_until

from fer_ros.ros.encode import time_msg
from fer_ros.ros.renewal import ENOUGH, Buffers, Twins, payload_bytes
from fer_ros.ros.subscriptions import SensorSubscription

MB = 10**6


def after(sizes, depth=1):
    """After which of the messages, counted from 1, buffers are outgrown."""
    buffers = Buffers(depth)
    return [number for number, size in enumerate(sizes, 1) if buffers.are_outgrown(size)]


def test_buffers_are_outgrown_once_enough_small_messages_came():
    assert after([6 * MB] * 5 + [MB] * ENOUGH)[:1] == [5 + ENOUGH]
    assert after([MB] * 200) == []
    assert after([MB, 3 * MB] * 100) == [], 'large ones still come'
    assert after([3 * MB] + [2 * MB] * 100) == [], 'not worth it'


def test_every_message_that_may_wait_has_a_buffer_of_its_own():
    sizes = [MB // 2] + [1000] * ENOUGH
    assert after(sizes, depth=1) == []
    assert after(sizes, depth=100) == [1 + ENOUGH]


def test_what_two_bring_is_heard_once():
    twins = Twins()
    heard = [(0, 7), (1, 7), (0, 8), (1, 8), (1, 9), (0, 9)]
    assert [twins.is_new(*each) for each in heard] == [True, False, True, False, True, False]


def test_messages_of_one_stamp_are_told_apart():
    twins = Twins()
    assert [twins.is_new(0, 7) for _ in range(3)] == [True] * 3
    assert [twins.is_new(1, 7) for _ in range(4)] == [False] * 3 + [True]


@pytest.mark.parametrize(
    ('message', 'size'),
    [
        (Image(data=array.array('B', bytes(30)), encoding='mono8'), 35),
        (AudioDataStamped(audio=AudioData(data=array.array('B', bytes(20)))), 20),
        (SimpleNamespace(data=1), 0),
    ],
)
def test_the_size_of_a_message_is_that_of_its_arrays(message, size):
    assert payload_bytes(message) == size


def test_no_message_is_lost_or_doubled_when_a_subscription_is_renewed(graph):
    """Pictures of 10 MB, then small ones: a second subscription appears, the first one goes."""
    heard = []
    subscription = SensorSubscription(
        graph.node, Image, 'image', lambda m: heard.append(m.header.stamp.nanosec), 10
    )
    publisher = graph.node.create_publisher(Image, 'image', qos.AUDIO_OUT)
    numbers, readers = itertools.count(), set()
    large, small = array.array('B', bytes(10 * MB)), array.array('B', bytes(1000))

    def send(data):
        number = next(numbers)
        header = Header(stamp=time_msg(number))
        publisher.publish(Image(header=header, data=data))
        wait_until(lambda: number in heard, f'message {number}')
        readers.add(publisher.get_subscription_count())

    wait_until(lambda: publisher.get_subscription_count() == 1, 'the subscription')
    send(large)
    for _ in range(ENOUGH):
        send(small)
    wait_until(lambda: send(small) or readers == {1, 2}, 'a second subscription')
    wait_until(lambda: send(small) or publisher.get_subscription_count() == 1, 'only one again')
    assert heard == sorted(set(heard)) == list(range(next(numbers)))
    subscription.destroy()
