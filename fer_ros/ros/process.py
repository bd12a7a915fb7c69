"""A node as a process: starts, is served, and ends with an exit code and no traceback.

The callbacks run in a thread of their own, so that the main thread is free for what blocks, and
so that a signal reaches it as KeyboardInterrupt at once.  rclpy's own handlers would pull the
context away from under callbacks that are still running.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

_Node = TypeVar('_Node', bound=Node)


def run(
    name: str,
    make_node: Callable[[], _Node],
    body: Callable[[_Node], int],
    args: Sequence[str] | None = None,
) -> int:
    """Make a node and run ``body`` in the main thread while the node's callbacks are served.

    Returns the exit code: that of ``body``; 0 where SIGINT or SIGTERM ended it; 1, with one line
    in the log, where the settings are wrong.  An error in a callback ends the process with it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        return _serve(make_node(), body)
    except KeyboardInterrupt:
        return 0
    except (ValueError, ParameterException) as error:
        rclpy.logging.get_logger(name).fatal(str(error))
        return 1
    finally:
        rclpy.try_shutdown()


def until_interrupted(node: Node) -> int:
    """A body for nodes that only have callbacks."""
    threading.Event().wait()
    return 0


def _serve(node: _Node, body: Callable[[_Node], int]) -> int:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    failures: list[BaseException] = []

    def spin() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            pass
        except BaseException as error:  # handed to the main thread, which raises it
            failures.append(error)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=spin, name='executor', daemon=True)
    thread.start()
    try:
        return body(node)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        executor.shutdown()
        thread.join()
        node.destroy_node()
        if failures:
            raise failures[0]
