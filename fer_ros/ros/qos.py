"""The qualities of service of our topics, in one place."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

EMOTION = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
"""Reliable and volatile, as behaviour trees read it."""

LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""The last message is there for those who come later."""

AUDIO = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Matches best effort and reliable writers; deep, because sound is not to be lost."""


def image(reliable: bool) -> QoSProfile:
    """For reading a camera: only the newest picture matters."""
    reliability = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
    return QoSProfile(depth=1, reliability=reliability)
