"""When a subscription is to be made anew, and how two of one topic are heard as one.

Fast DDS keeps the buffer of a message for the next one, as large as the largest that was ever in
it; a message of 10 MB costs 10 MB until its subscription ends.  So a subscription whose messages
have become much smaller is followed by a new one.  For a while there are both, as a new one hears
nothing until the publishers have found it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.subscription import Subscription
from rclpy.timer import Timer

from fer_ros.ros.encode import stamp_of

Hear = Callable[[Any], None]
OVERLAP_S = 1.0
"""How long there are two; publishers are found in a few hundredths of it."""
ENOUGH = 50
"""Messages in a row that show what comes now."""
WORTH_BYTES = 4_000_000
"""What may be given back, at least."""


class RenewedSubscription:
    """A subscription, and the new ones after it."""

    def __init__(
        self, node: Node, create: Callable[[Hear], Subscription], depth: int, callback: Hear
    ) -> None:
        """``create`` makes one for messages with a header, of which ``depth`` may wait."""
        self._node = node
        self._create = create
        self._callback = callback
        self._number = 0
        self._depth = depth
        self._buffers = Buffers(depth)
        self._subscription = create(partial(self._hear, 0))
        self._old: Subscription | None = None
        self._twins = Twins()
        self._timer: Timer | None = None

    def destroy(self) -> None:
        """Stop listening."""
        self._end_old()
        self._node.destroy_subscription(self._subscription)

    def _hear(self, number: int, message: Any) -> None:
        if self._old is None:
            self._callback(message)
            if self._buffers.are_outgrown(payload_bytes(message)):
                self._renew()
        elif self._twins.is_new(number % 2, stamp_of(message.header)):
            self._callback(message)

    def _renew(self) -> None:
        self._old, self._twins, self._buffers = self._subscription, Twins(), Buffers(self._depth)
        self._number += 1
        self._subscription = self._create(partial(self._hear, self._number))
        self._timer = self._node.create_timer(OVERLAP_S, self._end_old)

    def _end_old(self) -> None:
        if self._timer is not None and self._old is not None:
            self._node.destroy_timer(self._timer)
            self._node.destroy_subscription(self._old)
            self._old = None


class Buffers:
    """What the messages of one subscription have taken."""

    def __init__(self, depth: int) -> None:
        """``depth``: how many messages may wait, each in a buffer of its own."""
        self._depth = depth
        self._largest = 0
        self._recent: deque[int] = deque(maxlen=ENOUGH)

    def are_outgrown(self, size: int) -> bool:
        """Whether, after a message of so many bytes, a new subscription would take less."""
        self._largest = max(self._largest, size)
        self._recent.append(size)
        wanted = max(self._recent)
        is_much = self._depth * (self._largest - wanted) >= WORTH_BYTES
        return len(self._recent) == ENOUGH and self._largest > 2 * wanted and is_much


class Twins:
    """Two subscriptions of one topic, of which each message is to be heard once."""

    def __init__(self) -> None:
        self._heard = Counter[int](), Counter[int]()

    def is_new(self, which: int, stamp_ns: int) -> bool:
        """Whether the other one, 0 or 1, has not brought this message yet.

        Stamps may stand still: the second message of a stamp is new until both brought two.
        """
        mine, other = self._heard[which], self._heard[1 - which]
        mine[stamp_ns] += 1
        return mine[stamp_ns] > other[stamp_ns]


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
