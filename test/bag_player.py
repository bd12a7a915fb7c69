"""A small player of bags, for machines without rosbag2: the messages as they are, and /clock."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

from ros_graph import Graph, qos
from rosbags.rosbag2 import Reader
from rosgraph_msgs.msg import Clock

from fer_ros.types import NS_PER_S

QUALITIES = {
    'AudioInfo': qos.LATCHED,
    'AudioDataStamped': qos.AUDIO_OUT,
    'Image': qos.IMAGE_OUT,
}
TICK_NS = 20_000_000


class BagPlayer:
    """Plays what ``ros2 bag play --clock`` would, once, as fast as it was recorded."""

    def __init__(self, graph: Graph, path: Path) -> None:
        self._clock = graph.node.create_publisher(Clock, 'clock', 10)
        self._publishers = {}
        self._messages = []
        with Reader(path) as reader:
            for connection, received_ns, data in reader.messages():
                name = connection.msgtype.rpartition('/')[2]
                if name in QUALITIES:
                    self._messages.append((received_ns, connection.topic, data))
                    self._publishers.setdefault(
                        connection.topic,
                        graph.node.create_publisher(
                            _type(connection.msgtype), connection.topic, QUALITIES[name]
                        ),
                    )
        self.topics = sorted(self._publishers)

    def listeners(self) -> int:
        """How many hear the topic that is heard by the fewest."""
        return min(p.get_subscription_count() for p in self._publishers.values())

    def play(self) -> None:
        """Publish everything in its time; returns after the last message."""
        first_ns = ticked_ns = self._messages[0][0]
        began_s = time.monotonic()
        for received_ns, topic, data in self._messages:
            while ticked_ns <= received_ns:
                self._wait(began_s + (ticked_ns - first_ns) / NS_PER_S)
                self.tick(ticked_ns)
                ticked_ns += TICK_NS
            self._wait(began_s + (received_ns - first_ns) / NS_PER_S)
            self._publishers[topic].publish(bytes(data))

    def tick(self, stamp_ns: int) -> None:
        """Set the time of the graph."""
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(stamp_ns, NS_PER_S)
        self._clock.publish(message)

    @staticmethod
    def _wait(until_s: float) -> None:
        left_s = until_s - time.monotonic()
        if left_s > 0:
            time.sleep(left_s)


def _type(name: str):
    package, _, message = name.partition('/msg/')
    return getattr(importlib.import_module(f'{package}.msg'), message)
