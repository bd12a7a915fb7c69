"""Stamps that no clock gives, and clocks that are set while the robot runs."""

from __future__ import annotations

import itertools

import numpy as np
from builtin_interfaces.msg import Time
from fault_senses import RATE_HZ
from fault_table import Fault, cases
from ros_graph import stamp_ns as stamp_of
from ros_graph import wait_until

from fer_ros.types import NS_PER_S

COUNT = 10
LAST_SECOND = 2**31 - 1
"""The largest that fits a stamp."""


def stamped(robot, sec, nanosec=0):
    """Pictures and sound of one stamp, whatever it is."""
    image, sound = robot.senses.face(1), robot.senses.chunk(robot.senses.speech(0.5), 1)
    image.header.stamp = Time(sec=sec, nanosec=nanosec)
    sound.header.stamp = Time(sec=sec, nanosec=nanosec)
    robot.senses.images.publish(image)
    robot.senses.sound.publish(sound)


def refused(name, sec, nanosec=0, why='header.stamp'):
    def inject(robot):
        seen = [
            robot.refused(part, lambda: stamped(robot, sec, nanosec), why)
            for part in ('image', 'audio')
        ]
        return seen[0]

    return Fault(name, 'counted with its reason', inject)


def accepted(name, offsets_s, expected='no error'):
    """Pictures and sound whose stamps are off by these seconds, one after another."""

    def inject(robot):
        def send():
            for offset_s in itertools.islice(itertools.cycle(offsets_s), COUNT):
                at_ns = robot.senses.now_ns() + round(offset_s * NS_PER_S)
                stamped(robot, *divmod(max(at_ns, 1), NS_PER_S))
                robot.beats(1)

        return robot.tolerated(('image', 'audio', 'pipeline'), send)

    return Fault(name, expected, inject)


def standing_still(robot):
    """A driver whose clock stopped: all sound has the same stamp."""
    at_ns, noise = robot.senses.now_ns(), np.random.default_rng(0)
    before_mb = robot.memory_mb()

    def send():
        for number in range(200):
            data = noise.integers(0, 256, 10 * 2 * RATE_HZ, np.uint8).tobytes()
            robot.senses.sound.publish(robot.senses.chunk(data, at_ns))
            robot.senses.images.publish(robot.senses.face(at_ns))
            if number % 20 == 0:
                robot.beats(1)

    robot.tolerated(('image', 'audio', 'pipeline'), send)
    grown_mb = robot.memory_mb() - before_mb
    assert grown_mb < 60, f'memory grew by {grown_mb:.0f} MB'
    return f'no error, memory +{max(0.0, grown_mb):.0f} MB after half an hour of sound'


def present_after_future(robot):
    """One picture of next year; the present must be believed again at once."""
    year_ns = robot.senses.now_ns() + 31_536_000 * NS_PER_S
    stamped(robot, *divmod(year_ns, NS_PER_S))
    wait_until(lambda: stamp_of(robot.emotion[-1]) >= year_ns, 'the future on emotion')
    robot.alive()
    assert stamp_of(robot.emotion[-1]) < year_ns, 'emotion stays in the future'
    return 'emotion follows the stamps there and back'


FAULTS = [
    refused('zero', 0),
    refused('negative', -5),
    refused('the last second that fits a stamp', LAST_SECOND),
    refused('4.29 s in the nanoseconds', 1, 2**32 - 1, 'nanosec'),
    accepted('a minute old', [-60.0]),
    accepted('one hour in the future', [3600.0]),
    Fault('next year, once', 'the present is believed again', present_after_future),
    accepted('0.9 s back and forth', [0.0, -0.9]),
    accepted('10 s back and forth', [0.0, -10.0]),
    accepted('running backwards', [0.0, -0.5, -1.0, -1.5, -2.0]),
    accepted('jumping by days', [0.0, 86400.0, -86400.0, 5.0]),
    Fault('standing still', 'no error, memory bounded', standing_still),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Stamps', fault, robot)
