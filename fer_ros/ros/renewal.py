"""A subscription that gives back what large messages took.

Fast DDS keeps the buffer of a message for the next one, as large as the largest that was ever in
it, until the last reader of the topic in a process has gone.  So a subscription to which a message
came that was much larger than those of now is made anew, in a pause, in which nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.subscription import Subscription

Hear = Callable[[Any], None]
PAUSE_S = 1.0
"""How long nothing must have come."""
WORTH_BYTES = 4_000_000
"""What may be given back, at least."""


class Buffers:
    """What the messages of one subscription have taken."""

    def __init__(self, depth: int) -> None:
        """``depth``: how many messages may wait, each in a buffer of its own."""
        self._depth = depth
        self._largest = 0
        self._newest = 0

    def add(self, size: int) -> None:
        """A message of so many bytes came."""
        self._newest = size
        self._largest = max(self._largest, size)

    @property
    def are_outgrown(self) -> bool:
        """Whether they may be much larger than messages like the newest one need."""
        return self._depth * (self._largest - self._newest) >= WORTH_BYTES


class RenewedSubscription:
    """A subscription, and the new ones after it."""

    def __init__(
        self, node: Node, create: Callable[[Hear], Subscription], depth: int, callback: Hear
    ) -> None:
        """``create`` makes one for what is to hear the messages, of which ``depth`` may wait."""
        self._node = node
        self._create = create
        self._depth = depth
        self._callback = callback
        self._buffers = Buffers(depth)
        self._is_paused = False
        self._subscription = create(self._hear)
        self._timer = node.create_timer(PAUSE_S, self._renew_in_a_pause)

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _hear(self, message: Any) -> None:
        self._is_paused = False
        self._buffers.add(payload_bytes(message))
        self._callback(message)

    def _renew_in_a_pause(self) -> None:
        if self._is_paused and self._buffers.are_outgrown:
            self._node.destroy_subscription(self._subscription)
            self._buffers = Buffers(self._depth)
            self._subscription = self._create(self._hear)
        self._is_paused = True


def payload_bytes(message: Any) -> int:
    """What the arrays of a message take, those of messages in it as well."""
    if isinstance(message, (bytes, str)):
        return len(message)
    if hasattr(message, 'itemsize'):  # array.array, NumPy
        return len(message) * int(message.itemsize)
    if hasattr(message, 'get_fields_and_field_types'):
        names = message.get_fields_and_field_types()
        return sum(payload_bytes(getattr(message, name)) for name in names)
    return 0
