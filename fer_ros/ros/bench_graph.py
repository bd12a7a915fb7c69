"""A graph of its own for a benchmark: a ROS domain that nobody else uses, and processes in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import BinaryIO

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node

from fer_ros.closing import Closing
from fer_ros.ros.domains import Domain

DEADLINE_S = 60.0
_ANSWER_S = 1.0
_END_S = 5.0
_SAID = 600
_LOCALHOST = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST', 'ROS_LOCALHOST_ONLY': '1'}
"""For Jazzy and later, and for Humble; the other one ignores it."""


class GraphError(RuntimeError):
    """A process that ended or does not answer."""


class BenchGraph(Closing):
    """This process's node, and others that it starts; use it in a ``with`` statement."""

    def __init__(self) -> None:
        with ExitStack() as opened:
            domain = Domain()
            opened.callback(domain.close)
            # who ends this process ends the others with it
            before = signal.signal(signal.SIGTERM, signal.default_int_handler)
            opened.callback(signal.signal, signal.SIGTERM, before)
            own = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
            name = own if os.environ.get('ROS_DISTRO') != 'humble' else 'ROS_LOCALHOST_ONLY'
            os.environ[name] = _LOCALHOST[name]  # read when the context is made, here and below
            self._env = {**os.environ, 'ROS_DOMAIN_ID': str(domain.number)}
            self._context = rclpy.Context()
            rclpy.init(context=self._context, domain_id=domain.number)
            opened.callback(self._context.try_shutdown)
            self.node = Node('bench', context=self._context)
            opened.callback(self.node.destroy_node)
            self._executor = SingleThreadedExecutor(context=self._context)
            self._executor.add_node(self.node)
            thread = threading.Thread(target=self._spin, daemon=True)
            thread.start()
            opened.callback(thread.join)
            opened.callback(self._executor.shutdown)
            self._opened = opened.pop_all()

    def start(self, module: str, arguments: Sequence[str]) -> BenchProcess:
        """Run a module in this domain; it is ended with the graph."""
        with ExitStack() as opened:
            log = opened.enter_context(tempfile.TemporaryFile())
            process = BenchProcess(module, arguments, self._env, log)
            opened.callback(process.end)
            self._opened.push(opened.pop_all())
        return process

    def transition(self, process: BenchProcess, node: str, verb: str) -> None:
        """Have a lifecycle node of a process make a transition.  Raises GraphError."""
        number = getattr(Transition, f'TRANSITION_{verb.upper()}')
        client = self.node.create_client(ChangeState, f'{node}/change_state')
        # endpoints are found in the order in which they were made: a node that answers this has
        # found the client above, so that the response to the transition is not lost
        self.wait_for(process, node)
        wait_until(client.service_is_ready, process, f'{node}/change_state')
        future = client.call_async(ChangeState.Request(transition=Transition(id=number)))
        wait_until(future.done, process, f'{node} to {verb}')
        self.node.destroy_client(client)
        if not future.result().success:
            raise GraphError(f'{node} did not {verb}: {process.last_words()}')

    def wait_for(self, process: BenchProcess, node: str) -> None:
        """Wait until a lifecycle node of a process answers.  Raises GraphError."""
        client = self.node.create_client(GetState, f'{node}/get_state')
        answered = threading.Event()

        def ask() -> bool:
            if client.service_is_ready():
                client.call_async(GetState.Request()).add_done_callback(lambda _: answered.set())
                answered.wait(_ANSWER_S)
            return answered.is_set()

        wait_until(ask, process, node)
        self.node.destroy_client(client)

    def _spin(self) -> None:
        with suppress(ExternalShutdownException):
            self._executor.spin()


class BenchProcess:
    """A module in a process; what it says is kept for errors, what it prints can be read."""

    def __init__(
        self, module: str, arguments: Sequence[str], env: dict[str, str], log: BinaryIO
    ) -> None:
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, '-m', module, *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._name = module.rpartition('.')[2]

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def line(self) -> str:
        """The next line that it prints.  Raises GraphError where it has ended."""
        line = self._process.stdout.readline()
        if not line:
            raise GraphError(f'{self._name} has ended: {self.last_words()}')
        return line

    def last_words(self) -> str:
        """What it said last."""
        self._log.seek(0)
        return self._log.read().decode(errors='replace').strip()[-_SAID:]

    def end(self) -> None:
        """As Ctrl-C does; after a while, in any case."""
        if self.running:
            self._process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def wait_until(predicate: Callable[[], bool], process: BenchProcess, what: str) -> None:
    """Raises GraphError after the deadline, or where the process has ended."""
    end_s = time.monotonic() + DEADLINE_S
    while not predicate():
        if not process.running:
            raise GraphError(f'{what}: the process has ended: {process.last_words()}')
        if time.monotonic() > end_s:
            raise GraphError(f'{what}: nothing for {DEADLINE_S:g} s; {process.last_words()}')
        time.sleep(0.005)
