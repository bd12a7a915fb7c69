"""A node that makes and drops publishers in one thread while another one serves it."""

from __future__ import annotations

import sys

from rclpy.node import Node
from std_msgs.msg import String

from fer_ros.ros import process

COUNT = 3000


def churn(node: Node) -> int:
    """As faces that come and go do; the threads take turns often, so that the worst happens."""
    sys.setswitchinterval(1e-6)
    for number in range(COUNT):
        publisher = node.create_publisher(String, f'face{number % 10}', 10)
        node.destroy_publisher(publisher)
    return 0


if __name__ == '__main__':
    sys.exit(process.run('churn', lambda: Node('churn'), churn))
