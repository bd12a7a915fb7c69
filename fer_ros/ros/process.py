"""Nodes as a process: start, are served, and end with an exit code and no traceback.

The callbacks of each node run in a thread of their own, so that no node waits for another, the
main thread is free for what blocks, and a signal reaches it as KeyboardInterrupt at once.  rclpy's
own handlers would pull the context away from under callbacks that are still running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import rclpy
from rclpy.exceptions import InvalidHandle, ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from fer_ros import compute
from fer_ros.interrupts import Interrupts

_Node = TypeVar('_Node', bound=Node)
_POLL_S = 0.5
_END_S = 3.0
"""How long a callback may take to end, for example one that loads models."""
_GIVE_BACK_S = 5.0
"""Between two times at which freed memory goes back to the system."""

_interrupts = Interrupts()


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
    return _run(name, lambda: [make_node()], lambda nodes: body(nodes[0]), args)


def run_several(
    name: str, make_nodes: Callable[[], Sequence[Node]], args: Sequence[str] | None = None
) -> int:
    """Make nodes that only have callbacks, and serve them until the process is ended; see run."""
    return _run(name, make_nodes, lambda nodes: until_interrupted(nodes[0]), args)


def _run(
    name: str,
    make_nodes: Callable[[], Sequence[_Node]],
    body: Callable[[Sequence[_Node]], int],
    args: Sequence[str] | None,
) -> int:
    compute.keep_no_large_buffers()
    _interrupts.install(signal.SIGTERM)
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        return _serve(make_nodes(), body)
    except KeyboardInterrupt:
        return 0
    except (ValueError, ParameterException) as error:
        rclpy.logging.get_logger(name).fatal(str(error))
        return 1
    finally:
        _interrupts.ending = True
        rclpy.try_shutdown()
        _interrupts.leave_alone(signal.SIGTERM)


def until_interrupted(node: Node) -> int:
    """A body for nodes that only have callbacks: what they free goes back to the system."""
    give_back_s = 0.0
    while not _interrupts.came:
        if time.monotonic() >= give_back_s:
            compute.give_freed_memory_back()
            give_back_s = time.monotonic() + _GIVE_BACK_S
        time.sleep(_POLL_S)
    return 0


class _Server:
    """The thread that serves the callbacks of a node."""

    def __init__(self, node: Node) -> None:
        self.error: BaseException | None = None
        """What a callback raised."""
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)
        self._stopping = False
        self._thread = threading.Thread(target=self._spin, name='executor', daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have it end after the callback that runs.

        By a task, because Executor.shutdown() takes away what the thread still waits for.
        """
        self._executor.create_task(self._stop)

    def stopped(self, until_s: float) -> bool:
        """Whether it has ended by a time of the monotonic clock."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, until_s - time.monotonic()))
        if self._thread.is_alive():
            return False
        self._executor.shutdown()
        return True

    def _stop(self) -> None:
        self._stopping = True

    def _spin(self) -> None:
        try:
            while not self._stopping:
                # a publisher that another thread drops while rclpy collects what to wait for
                # is no error: faces come and go in the worker's thread
                with contextlib.suppress(InvalidHandle):
                    self._executor.spin_once()
        except ExternalShutdownException:
            pass
        except BaseException as error:  # handed to the main thread, which raises it
            self.error = error
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def _serve(nodes: Sequence[_Node], body: Callable[[Sequence[_Node]], int]) -> int:
    servers = [_Server(node) for node in nodes]
    try:
        for server in servers:
            server.start()
        return body(nodes)
    finally:
        _interrupts.ending = True
        for server in servers:
            server.ask_to_stop()
        until_s = time.monotonic() + _END_S
        for node, server in zip(nodes, servers, strict=True):
            if not server.stopped(until_s):
                _leave(node)
        for node in nodes:
            node.destroy_node()
        for server in servers:
            if server.error is not None:
                raise server.error


def _leave(node: Node) -> None:
    """End the process while a callback still runs: the system takes its memory back."""
    node.get_logger().warning('a callback does not end; the process ends without it')
    rclpy.try_shutdown()
    sys.stdout.flush()
    os._exit(0)
