"""Ctrl-C ends a node whatever it does: while it loads, works or hangs."""

from __future__ import annotations

import math
import signal
import time

import pytest
import ros_fakes
from ros_graph import ANSWER_S, ChangeState, Transition, wait_until
from ros_robot import Senses
from switch import Switch


class Perception:
    """The node with a switch for its detector."""

    def __init__(self, graph, folder):
        self._graph = graph
        self.switch = Switch(folder)
        detector = {'face.detector.plugin': 'switched_plugins:StubbornDetector'}
        parameters = {**ros_fakes.perception_parameters(folder), **detector}
        self.process = graph.start_node('perception', parameters, self.switch.env)

    def begin_to_configure(self):
        """Ask for it until it happens, and do not wait for the answer."""
        client = self._graph.node.create_client(ChangeState, 'perception/change_state')
        configure = Transition(id=Transition.TRANSITION_CONFIGURE)
        asked_s = -math.inf

        def is_loading():
            nonlocal asked_s
            now_s = time.monotonic()
            if client.service_is_ready() and now_s - asked_s > ANSWER_S:
                asked_s = now_s
                client.call_async(ChangeState.Request(transition=configure))
            return 'building' in self.process.output

        wait_until(is_loading, 'it loads')

    def ends_cleanly(self):
        assert self.process.wait() == 0, self.process.output
        assert 'Traceback' not in self.process.output


@pytest.fixture
def perception(graph, tmp_path):
    return Perception(graph, tmp_path)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('what', ['slow 1.0', 'hang'])
def test_while_it_loads(perception, what, number):
    perception.switch(what)
    perception.begin_to_configure()
    perception.process.signal(number)
    perception.ends_cleanly()


def test_twice_as_from_a_terminal_and_a_launch_file(perception):
    perception.switch('slow 1.0')
    perception.begin_to_configure()
    for _ in range(2):
        perception.process.signal(signal.SIGINT)
    perception.ends_cleanly()


def test_while_its_worker_hangs(graph, perception):
    senses = Senses(graph)
    graph.bring_up('perception')
    senses.show(ros_fakes.COLOURS['sad'])
    perception.switch('hang')
    perception.process.wait_for('hangs for', 60.0)
    perception.process.signal(signal.SIGINT)
    perception.ends_cleanly()
    senses.close()


def test_as_soon_as_it_is_there(graph, perception):
    wait_until(lambda: 'perception' in graph.node.get_node_names(), 'the node')
    perception.process.signal(signal.SIGINT)
    perception.ends_cleanly()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_again_and_again_as_long_as_it_is_there(graph, number):
    """A supervisor sends a signal to all processes, and a launch file to its own once more."""
    process = graph.start_node('policy')
    wait_until(lambda: 'policy' in graph.node.get_node_names(), 'the node')

    def has_ended():
        process.signal(number)
        return not process.running

    wait_until(has_ended, 'its end')
    assert process.wait() == 0, process.output
