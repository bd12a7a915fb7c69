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

IMAGE_OUT = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
"""For pictures we publish: a reliable writer suits reliable and best-effort readers."""

AUDIO_OUT = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
"""For sound we publish, likewise.

Not deeper: of what is lost on the way Fast DDS tells its readers at once only while the
history is full, otherwise every three seconds; and whatever follows waits for it.
"""
