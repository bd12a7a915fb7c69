"""Buffers that DDS keeps for large messages are given back in a pause."""

from __future__ import annotations

import array
import itertools
from types import SimpleNamespace

import pytest
from ros_graph import AudioData, AudioDataStamped, Header, Image, qos, wait_until

from fer_ros.ros.encode import time_msg
from fer_ros.ros.renewal import Buffers, RenewedSubscription, payload_bytes
from fer_ros.ros.subscriptions import SensorSubscription

MB = 10**6


class FakeNode:
    """Creates subscriptions and timers that a test calls."""

    def __init__(self):
        self.timers, self.alive, self.created = [], [], 0

    def create_timer(self, period_s, callback):
        self.timers.append(callback)
        return callback

    def destroy_timer(self, timer):
        self.timers.remove(timer)

    def subscribe(self, hear):
        self.created += 1
        self.alive.append(hear)
        return hear

    def destroy_subscription(self, subscription):
        self.alive.remove(subscription)


def outgrown(*sizes, depth=1):
    buffers = Buffers(depth)
    for size in sizes:
        buffers.add(size)
    return buffers.are_outgrown


def test_buffers_are_outgrown_when_messages_became_much_smaller():
    assert outgrown(6 * MB, MB)
    assert not outgrown(MB, 6 * MB)
    assert not outgrown(6 * MB, MB, 6 * MB)
    assert not outgrown(3 * MB, MB), 'not worth it'
    assert not outgrown()


def test_every_message_that_may_wait_has_a_buffer_of_its_own():
    assert not outgrown(MB // 10, 1000, depth=1)
    assert outgrown(MB // 10, 1000, depth=100)


def test_a_subscription_is_renewed_in_a_pause_only():
    node, heard = FakeNode(), []
    subscription = RenewedSubscription(node, node.subscribe, 1, heard.append)
    look = node.timers[0]
    for size in (10 * MB, 1000):
        node.alive[0](bytes(size))
    look()
    assert node.created == 1, 'messages came in the last second'
    look()
    assert node.created == 2
    look()
    assert node.created == 2, 'nothing large came since'
    node.alive[0](b'small')
    assert [len(message) for message in heard] == [10 * MB, 1000, 5]
    subscription.destroy()
    assert node.alive == node.timers == []


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


def test_messages_are_heard_before_and_after(graph, monkeypatch):
    """A picture of 10 MB, a small one, a pause: another subscription, which hears what follows."""
    heard, created = [], []
    create = graph.node.create_subscription
    monkeypatch.setattr(
        graph.node, 'create_subscription', lambda *a, **k: created.append(a) or create(*a, **k)
    )
    subscription = SensorSubscription(
        graph.node, Image, 'image', lambda m: heard.append(m.header.stamp.nanosec), 10
    )
    publisher = graph.node.create_publisher(Image, 'image', qos.AUDIO_OUT)
    numbers = itertools.count()

    def send(size):
        number = next(numbers)
        data = array.array('B', bytes(size))
        publisher.publish(Image(header=Header(stamp=time_msg(number)), data=data))

    wait_until(publisher.get_subscription_count, 'the subscription')
    send(10 * MB)
    send(1000)
    wait_until(lambda: heard == [0, 1], 'both messages')
    assert len(created) == 1
    wait_until(lambda: len(created) == 2, 'another subscription')
    wait_until(lambda: send(1000) or len(heard) > 2, 'a message for it')
    subscription.destroy()
