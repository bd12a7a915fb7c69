"""Reads the ROS4HRI topics of faces: a pair of subscriptions for each face that is tracked."""

from __future__ import annotations

import re
from collections import deque
from functools import partial

from hri_msgs.msg import Expression as ExpressionMsg
from hri_msgs.msg import IdsList, NormalizedRegionOfInterest2D
from rclpy.node import Node
from rclpy.subscription import Subscription

from fer_ros.ros import qos
from fer_ros.ros.encode import expression_of, stamp_of
from fer_ros.types import Expression

Box = tuple[float, float, float, float]
MOST_FACES = 64
"""Of more no subscriptions are made, whoever lists them."""
_ID = re.compile(r'[A-Za-z][A-Za-z0-9_]*')
"""What can be part of a topic's name; another one would end the node."""
_KEPT = 32
"""Expressions of a face, of which it has one with each picture: a second, with most cameras."""


class FaceTopics:
    """What is known of each face that humans/faces/tracked lists now."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._boxes: dict[str, tuple[int, Box]] = {}
        self._expressions: dict[str, deque[Expression]] = {}
        node.create_subscription(IdsList, 'humans/faces/tracked', self._on_ids, qos.LATCHED)

    def recent(self, since_ns: float) -> list[tuple[str, Box, Expression | None]]:
        """Id, box (xmin, ymin, xmax, ymax, in shares) and expression of faces seen since then."""
        newest = {name: said[-1] for name, said in self._expressions.items()}
        return [
            (name, box, newest.get(name))
            for name, (seen_ns, box) in sorted(self._boxes.items())
            if seen_ns >= since_ns
        ]

    def whose(self, expression: Expression) -> str | None:
        """The id of the one face of which this very expression was said lately."""
        names = [name for name, said in self._expressions.items() if expression in said]
        return names[0] if len(names) == 1 else None

    def _on_ids(self, message: IdsList) -> None:
        ids = set(sorted(filter(_ID.fullmatch, message.ids))[:MOST_FACES])
        for name in self._subscriptions.keys() - ids:
            for subscription in self._subscriptions.pop(name):
                self._node.destroy_subscription(subscription)
            self._boxes.pop(name, None)
            self._expressions.pop(name, None)
        for name in ids - self._subscriptions.keys():
            self._subscriptions[name] = self._subscribe(name)

    def _subscribe(self, name: str) -> list[Subscription]:
        topic = f'humans/faces/{name}'
        create = self._node.create_subscription
        return [
            create(
                NormalizedRegionOfInterest2D,
                f'{topic}/roi',
                partial(self._on_roi, name),
                qos.EMOTION,
            ),
            create(
                ExpressionMsg,
                f'{topic}/expression',
                partial(self._on_expression, name),
                qos.EMOTION,
            ),
        ]

    def _on_roi(self, name: str, message: NormalizedRegionOfInterest2D) -> None:
        box = (message.xmin, message.ymin, message.xmax, message.ymax)
        self._boxes[name] = (stamp_of(message.header), box)

    def _on_expression(self, name: str, message: ExpressionMsg) -> None:
        said = self._expressions.setdefault(name, deque(maxlen=_KEPT))
        said.append(expression_of(message))
