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

IMAGE_DEPTH = 1
"""Of a camera only the newest picture matters."""

AUDIO_DEPTH = 100
"""Sound is not to be lost."""
