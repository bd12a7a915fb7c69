"""Entry points of the nodes, which end quietly while their libraries are still imported, too."""

from __future__ import annotations

import importlib
import signal

from fer_ros import interrupts


def perception() -> int:
    """``ros2 run fer_ros perception_node``."""
    return _start('perception')


def policy() -> int:
    """``ros2 run fer_ros policy_node``."""
    return _start('policy')


def media() -> int:
    """``ros2 run fer_ros media_node``."""
    return _start('media')


def overlay() -> int:
    """``ros2 run fer_ros overlay_node``."""
    return _start('overlay')


def watch() -> int:
    """``ros2 run fer_ros watch_node``."""
    return _start('watch')


def _start(name: str) -> int:
    """Import a node and run it; the exit code is 0 where a signal comes before it runs."""
    interrupts.leave_at_once(0, signal.SIGTERM)
    code: int = importlib.import_module(f'fer_ros.ros.{name}_node').main()
    return code
