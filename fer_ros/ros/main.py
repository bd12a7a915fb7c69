"""What all nodes do to start and to end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node


def spin(make_node: Callable[[], Node], args: Sequence[str] | None = None) -> int:
    """Run a node until it is shut down; the exit code.

    What a wrong parameter or a missing file causes is one line, not a traceback.  SIGINT and
    SIGTERM end it with 0, also when they come twice, from the terminal and from the launch.
    """
    rclpy.init(args=None if args is None else list(args))
    node = None
    try:
        node = make_node()
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except (ValueError, OSError, ParameterException) as error:
        print(f'{error}', file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return 0
