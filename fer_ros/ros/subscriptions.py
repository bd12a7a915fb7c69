"""Subscriptions to sensors whose drivers we do not know.

A picture is larger than a network packet, and best-effort delivery loses most large pictures on a
usual set-up; a reliable reader gets nothing at all from a best-effort driver.  So reliable
delivery is asked for first, and best effort while a driver is there that offers only that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.timer import Timer

from fer_ros.ros.renewal import RenewedSubscription

try:
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks


LOOK_S = 1.0
"""How often it is looked whether the driver that offers only best effort has gone."""


@dataclass(frozen=True)
class Source:
    """Where messages come from, if any come."""

    topic: str
    """With namespace, as remapped."""
    publishers: int


def source_of(node: Node, topic: str) -> Source:
    """A topic, by its name after remapping, and how many publish on it, whatever their types."""
    return Source(topic, node.count_publishers(topic))


class SensorSubscription:
    """Reliable where every publisher offers that, best effort otherwise."""

    def __init__(
        self,
        node: Node,
        type_: Any,
        topic: str,
        callback: Callable[[Any], None],
        depth: int,
        prefer_reliable: bool = True,
    ) -> None:
        """Without ``prefer_reliable`` best effort is read from the start, as on a bad network."""
        self._node = node
        self._create = lambda reliability, events: RenewedSubscription(
            node,
            lambda hear: node.create_subscription(
                type_,
                topic,
                hear,
                QoSProfile(depth=depth, reliability=reliability),
                event_callbacks=events,
            ),
            depth,
            callback,
        )
        self._topic = node.resolve_topic_name(topic)
        self._subscription: RenewedSubscription | None = None
        self._looking: Timer | None = None
        if prefer_reliable:
            self._read_reliable()
        else:
            self._read_best_effort()

    @property
    def source(self) -> Source:
        """The topic and how many publish on it now."""
        return source_of(self._node, self._topic)

    def destroy(self) -> None:
        """Stop listening."""
        if self._looking is not None:
            self._node.destroy_timer(self._looking)
            self._looking = None
        if self._subscription is not None:
            self._subscription.destroy()
            self._subscription = None

    def _fall_back(self, event: Any) -> None:
        if self._subscription is not None:
            self.destroy()
            self._read_best_effort()
            self._looking = self._node.create_timer(LOOK_S, self._return)

    def _return(self) -> None:
        """Read reliably again where every publisher that is left offers that."""
        found = self._node.get_publishers_info_by_topic(self._topic)
        offered = {publisher.qos_profile.reliability for publisher in found}
        if offered == {ReliabilityPolicy.RELIABLE}:
            self.destroy()
            self._read_reliable()

    def _read_reliable(self) -> None:
        events = SubscriptionEventCallbacks(incompatible_qos=self._fall_back)
        self._subscription = self._create(ReliabilityPolicy.RELIABLE, events)

    def _read_best_effort(self) -> None:
        self._subscription = self._create(ReliabilityPolicy.BEST_EFFORT, None)
