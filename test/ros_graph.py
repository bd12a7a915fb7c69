"""A real graph for tests: nodes in processes of their own, and a node of the test to talk to them.

Every test waits on conditions with deadlines.  Every graph has a ROS domain of its own, so that
tests neither hear each other nor a robot nearby.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from orphans import Guard

rclpy = pytest.importorskip('rclpy', reason='needs ROS 2: source setup.bash')

# everything of ROS that the tests use comes from here, so that they are skipped together
from audio_common_msgs.msg import AudioData, AudioDataStamped, AudioInfo  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from hri_msgs.msg import Expression, IdsList, NormalizedRegionOfInterest2D  # noqa: E402
from lifecycle_msgs.msg import Transition  # noqa: E402
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from message_filters import Cache, SimpleFilter, Subscriber  # noqa: E402
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue  # noqa: E402
from rcl_interfaces.srv import (  # noqa: E402
    DescribeParameters,
    ListParameters,
    SetParameters,
    SetParametersAtomically,
)
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor  # noqa: E402
from rclpy.node import Node, NodeNameNonExistentError  # noqa: E402
from rclpy.qos import QoSProfile  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from std_msgs.msg import Header, String  # noqa: E402
from vision_msgs.msg import Classification, ObjectHypothesis  # noqa: E402

from fer_ros.ros import qos  # noqa: E402
from fer_ros.ros.domains import Domain  # noqa: E402

__all__ = [
    'AudioData',
    'AudioDataStamped',
    'AudioInfo',
    'Cache',
    'ChangeState',
    'Classification',
    'CompressedImage',
    'DescribeParameters',
    'DiagnosticArray',
    'DiagnosticStatus',
    'Expression',
    'GetState',
    'Graph',
    'Header',
    'Heard',
    'IdsList',
    'Image',
    'ListParameters',
    'NodeNameNonExistentError',
    'NormalizedRegionOfInterest2D',
    'ObjectHypothesis',
    'Parameter',
    'ParameterType',
    'ParameterValue',
    'Process',
    'SetParameters',
    'SetParametersAtomically',
    'SimpleFilter',
    'String',
    'Subscriber',
    'Transition',
    'qos',
    'stamp_ns',
    'wait_until',
]

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_S = 40.0
"""For what happens at once on an idle machine; a loaded one takes its time."""
POLL_S = 0.02
ANSWER_S = 3.0
"""How long to wait for a response before asking again."""
LOCALHOST = (
    {'ROS_LOCALHOST_ONLY': '1'}
    if os.environ.get('ROS_DISTRO') == 'humble'
    else {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
)
_guard = Guard()
atexit.register(_guard.close)


def wait_until(predicate: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """The first true value of the predicate; fails with ``what`` after the deadline."""
    pause = threading.Event()
    end_s = time.monotonic() + deadline_s
    while not (value := predicate()):
        if time.monotonic() > end_s:
            pytest.fail(f'not within {deadline_s:g} s: {what}')
        pause.wait(POLL_S)
    return value


class Process:
    """A node, or anything else, in a process; what it prints is kept."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        _guard.watch(self._process.pid)
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return '\n'.join(self._lines)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def wait_for(self, text: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait until it has printed a text."""
        wait_until(
            lambda: text in self.output or not self.running,
            f'{text!r} in the output:\n{self.output}',
            deadline_s,
        )
        self._join_reader_if_ended()
        assert text in self.output, f'it ended without {text!r}:\n{self.output}'

    def wait(self, deadline_s: float = DEADLINE_S) -> int:
        """Its exit code, once it has ended by itself."""
        wait_until(lambda: not self.running, f'the end of\n{self.output}', deadline_s)
        self._join_reader_if_ended()
        return self._process.returncode

    def signal(self, number: int) -> None:
        """Send a signal to it alone."""
        self._process.send_signal(number)

    def interrupt(self) -> int:
        """End it as Ctrl-C in a terminal does, with all its children; its exit code."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """End it and all its children, whatever they do."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        _guard.forget(self._process.pid)

    def _join_reader_if_ended(self) -> None:
        if not self.running:
            self._reader.join(timeout=5.0)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip('\n'))


class Heard(list[Any]):
    """Messages of a topic, oldest first, with the wall-clock time at which each arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived_ns: list[int] = []

    def store(self, message: Any) -> None:
        """The subscription's callback; the time first, so that it is there with the message."""
        self.arrived_ns.append(time.time_ns())
        self.append(message)

    def forget(self, keep: int) -> None:
        """Drop all but the last messages, as a test that runs for long must."""
        count = max(0, len(self) - keep)
        del self[:count], self.arrived_ns[:count]

    def since(self, start_ns: int) -> list[Any]:
        """Messages that arrived after a moment of time.time_ns()."""
        pairs = zip(list(self), self.arrived_ns, strict=False)
        return [message for message, arrived_ns in pairs if arrived_ns > start_ns]


class Graph:
    """A ROS domain with a node of the test in it, and the processes that the test starts."""

    def __init__(self) -> None:
        self._domain = Domain()
        self.env = {
            **os.environ,
            **LOCALHOST,
            'ROS_DOMAIN_ID': str(self._domain.number),
            'PYTHONPATH': os.pathsep.join(
                [str(ROOT), str(ROOT / 'test'), os.environ.get('PYTHONPATH', '')]
            ),
            'PYTHONUNBUFFERED': '1',
        }
        self.processes: list[Process] = []
        self._context = rclpy.Context()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in LOCALHOST.items():
                patch.setenv(name, value)
            rclpy.init(context=self._context, domain_id=self._domain.number)
            self.node = Node('test', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.kill()
        self._executor.shutdown()
        self._thread.join()
        self.node.destroy_node()
        self._context.try_shutdown()
        self._domain.close()

    def start(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        """Start any command in this domain."""
        process = Process(command, {**self.env, **(env or {})})
        self.processes.append(process)
        return process

    def start_node(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start one of our nodes, 'media' for fer_ros.ros.media_node."""
        given = itertools.chain.from_iterable(
            ('-p', f'{key}:={_yaml(value)}') for key, value in (parameters or {}).items()
        )
        module = f'fer_ros.ros.{name}_node'
        return self.start([sys.executable, '-m', module, '--ros-args', *given], env)

    def listen(self, type_: Any, topic: str, qos: QoSProfile | int = 10) -> Heard:
        """What is published on a topic from now on."""
        heard = Heard()
        self.node.create_subscription(type_, topic, heard.store, qos)
        return heard

    def call(self, type_: Any, service: str, request: Any) -> Any:
        """The response of a service that may be asked twice.

        A node hears a request before it has found who waits for the response, which is then lost.
        """
        client = self.node.create_client(type_, service)
        try:
            end_s = time.monotonic() + DEADLINE_S
            while time.monotonic() < end_s:
                wait_until(client.service_is_ready, f'service {service}')
                answered = threading.Event()
                future = client.call_async(request)
                future.add_done_callback(lambda _, answered=answered: answered.set())
                if answered.wait(ANSWER_S):
                    return future.result()
            pytest.fail(f'no response of {service} within {DEADLINE_S:g} s')
        finally:
            self.node.destroy_client(client)

    def transition(self, node: str, verb: str) -> bool:
        """Whether a lifecycle node made a transition: configure, activate, deactivate, …"""
        number = getattr(Transition, f'TRANSITION_{verb.upper()}')
        client = self.node.create_client(ChangeState, f'{node}/change_state')
        # endpoints are found in the order in which they were made: a node that answers this
        # has found the client above, so that the response to the transition is not lost
        self.call(GetState, f'{node}/get_state', GetState.Request())
        wait_until(client.service_is_ready, f'service {node}/change_state')
        future = client.call_async(ChangeState.Request(transition=Transition(id=number)))
        wait_until(future.done, f'{node} to {verb}')
        self.node.destroy_client(client)
        return bool(future.result().success)

    def bring_up(self, node: str) -> None:
        """Configure and activate a lifecycle node."""
        for verb in ('configure', 'activate'):
            done = self.transition(node, verb)
            said = '\n'.join(process.output for process in self.processes)
            assert done, f'{node} did not {verb}; all nodes said:\n{said}'

    def _spin(self) -> None:
        with contextlib.suppress(ExternalShutdownException):
            self._executor.spin()


def stamp_ns(message: Any) -> int:
    """The stamp of a message with a header."""
    return int(message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec)


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
