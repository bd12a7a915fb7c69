"""Devices that come and go, floods, and participants that misbehave."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import numpy as np
from fault_table import Fault, cases
from rclpy.qos import QoSProfile, ReliabilityPolicy
from ros_graph import Image, stamp_ns, wait_until

TALKERS = Path(__file__).parent / 'fault_talkers.py'
BEAT_S = 0.1
"""Between two messages of the heartbeat, by default."""
FLOOD_S = 3.0
MORE_THAN_KEPT = 20
"""Messages: twice as many as are kept for a subscriber that does not take them."""


def talker(robot, name):
    """A participant that misbehaves, once it is there."""
    process = robot.graph.start([sys.executable, str(TALKERS), name])
    process.wait_for('ready')
    return process


def beat_of(robot, count=20):
    """The median time between the next messages on emotion."""
    start = len(robot.emotion)
    wait_until(lambda: len(robot.emotion) >= start + count, 'the heartbeat')
    return float(np.median(np.diff(robot.emotion.arrived_ns[start : start + count]))) / 1e9


def camera_gone(robot):
    robot.senses.on()
    robot.until_voice()
    robot.senses.camera = None
    seen = robot.until_voice()
    start_ns = time.time_ns()
    wait_until(
        lambda: [m for m in robot.emotion.since(start_ns) if m.expression], 'the voice on emotion'
    )
    return f'voice alone: {seen}'


def microphone_gone(robot):
    robot.senses.on()
    robot.until_voice()
    robot.senses.microphone = False
    return f'face alone: {robot.until_face(robot.senses.face)}'


def both_gone(robot):
    robot.senses.on()
    robot.beats(5)
    robot.senses.off()
    start_s, start_ns = time.monotonic(), time.time_ns()
    wait_until(
        lambda: [m for m in robot.emotion.since(start_ns) if not m.expression], 'nobody on emotion'
    )
    took_s = time.monotonic() - start_s
    beat_s = beat_of(robot, 10)
    return f'nobody after {took_s:.1f} s, heartbeat every {beat_s:.2f} s'


def reliability(robot):
    """What perception asks of the publishers of pictures."""
    found = robot.graph.node.get_subscriptions_info_by_topic('/image')
    return {reader.qos_profile.reliability for reader in found}


def best_effort_driver(robot):
    """A camera that offers best effort only, as many drivers do, comes and goes."""
    quality = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    usual = robot.senses.images
    robot.senses.images = robot.graph.node.create_publisher(Image, 'image', quality)
    try:
        seen = robot.until_face(robot.senses.face)
    finally:
        other, robot.senses.images = robot.senses.images, usual
        robot.graph.node.destroy_publisher(other)
    wait_until(
        lambda: reliability(robot) == {ReliabilityPolicy.RELIABLE}, 'reliable reading again'
    )
    return f'{seen}; once it has gone, pictures are read reliably again'


def flood(robot):
    robot.senses.on()
    robot.senses.fps = 200.0
    received = int(robot.values('image')['received'])
    dropped = int(robot.values('image')['dropped for a newer one'])
    start_s, sent = time.monotonic(), len(robot.senses.sent_ns)
    beat_s = beat_of(robot, round(FLOOD_S / BEAT_S))
    rate = (len(robot.senses.sent_ns) - sent) / (time.monotonic() - start_s)
    age_s = float(
        np.median(
            [
                (arrived - stamp_ns(message)) / 1e9
                for message, arrived in zip(
                    robot.emotion[-10:], robot.emotion.arrived_ns[-10:], strict=True
                )
            ]
        )
    )
    robot.senses.off()
    robot.diagnosed_now()
    received = int(robot.values('image')['received']) - received
    dropped = int(robot.values('image')['dropped for a newer one']) - dropped
    assert age_s < 1.0, age_s
    return (
        f'{rate:.0f} sent a second, {received} taken, {dropped} of them dropped for newer ones; '
        f'emotion every {beat_s:.2f} s, {1000 * age_s:.0f} ms old'
    )


def flood_of_sound(robot):
    def send():
        for _ in range(400):
            robot.senses.sound.publish(robot.senses.chunk(robot.senses.speech(0.005)))

    return robot.tolerated(('audio', 'pipeline'), send)


def wrong_types(robot):
    process = talker(robot, 'wrong_types')
    beat_s = beat_of(robot, 10)
    robot.alive()
    assert process.running, process.output
    process.kill()
    return f'heartbeat every {beat_s:.2f} s, faces read meanwhile'


def deaf(robot):
    process = talker(robot, 'deaf')
    robot.senses.on()
    beat_s = beat_of(robot, MORE_THAN_KEPT)
    robot.alive()
    process.kill()
    return f'the others hear emotion every {beat_s:.2f} s'


def stopped(robot):
    """A reliable subscriber whose process stands still does not acknowledge anything."""
    process = talker(robot, 'deaf')
    robot.senses.on()
    robot.beats(5)
    process.signal(signal.SIGSTOP)
    beat_s = beat_of(robot, MORE_THAN_KEPT)
    robot.alive()
    process.kill()
    return f'the others hear emotion every {beat_s:.2f} s'


def twins(robot):
    """A second perception node of another name on the same topics."""
    module = [sys.executable, '-m', 'fer_ros.ros.perception_node', '--ros-args']
    twin = robot.graph.start([*module, '-r', '__node:=twin'])
    robot.graph.bring_up('twin')
    beat_s = beat_of(robot)
    robot.alive()
    twin.kill()
    return f'both publish: emotion every {beat_s:.2f} s; faces are read'


FAULTS = [
    Fault('camera gone', 'the voice goes on', camera_gone),
    Fault('microphone gone', 'the face goes on', microphone_gone),
    Fault('both gone', 'nobody; the heartbeat goes on', both_gone),
    Fault('a driver that offers best effort only', 'its pictures are read', best_effort_driver),
    Fault('200 pictures a second', 'newest wins; emotion stays fresh', flood),
    Fault('400 chunks of sound at once', 'no error', flood_of_sound),
    Fault('text published on image, audio and emotion', 'nothing changes', wrong_types),
    Fault('a subscriber that never takes a message', 'nothing changes', deaf),
    Fault('a subscriber whose process is stopped', 'nothing changes', stopped),
    Fault('two perception nodes on the same topics', 'both work', twins),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Streams and participants', fault, robot)
