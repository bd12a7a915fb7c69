"""Participants that misbehave, each a process of its own: ``python fault_talkers.py NAME``."""

from __future__ import annotations

import sys
import threading

import rclpy
from hri_msgs.msg import Expression
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Int32, String

RELIABLE = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
READY = 'ready'


def wrong_types(node: Node) -> None:
    """Publishes text on the topics of pictures, sound and emotions, again and again."""
    types = {'image': String, 'audio': Int32, 'audio_info': String, 'emotion': String}
    publishers = [node.create_publisher(type_, name, 10) for name, type_ in types.items()]
    node.create_timer(
        0.01,
        lambda: [publisher.publish(publisher.msg_type()) for publisher in publishers],
    )
    print(READY, flush=True)
    rclpy.spin(node)


def deaf(node: Node) -> None:
    """Subscribes reliably to what perception says, and never takes a message."""
    for name in ('emotion', 'emotion/face', 'emotion/voice'):
        node.create_subscription(Expression, name, lambda message: None, RELIABLE)
    print(READY, flush=True)
    threading.Event().wait()


if __name__ == '__main__':
    rclpy.init()
    {'wrong_types': wrong_types, 'deaf': deaf}[sys.argv[1]](Node(sys.argv[1]))
