"""A node whose detector is slow, hangs or answers nonsense must go on, say so, and recover."""

from __future__ import annotations

import time

import pytest
import ros_fakes
from ros_graph import Graph, wait_until
from ros_robot import Robot
from switch import Switch

from fer_ros.types import NS_PER_S

PARAMETERS = {
    'face.detector.plugin': 'switched_plugins:SwitchedDetector',
    'budget.step_after': 0.5,
    'budget.recover_after': 1.0,
    'watchdog.timeout': 1.0,
}


class Switched(Robot):
    """A robot with a switch for its plugins."""

    def __init__(self, graph, folder):
        self.switch = Switch(folder)
        super().__init__(graph, folder, PARAMETERS, self.switch.env)

    def beats_on(self):
        """The heartbeat goes on: what takes a second and a half, or more on a busy machine."""
        start_ns = time.time_ns()
        wait_until(lambda: len(self.emotion.since(start_ns)) >= 15, 'the heartbeat', 15.0)


@pytest.fixture(scope='module')
def robot(tmp_path_factory):
    graph = Graph()
    robot = Switched(graph, tmp_path_factory.mktemp('robot'))
    yield robot
    robot.senses.close()
    graph.close()


@pytest.fixture(autouse=True)
def at_work(robot):
    """Each test begins with a robot that sees somebody, and must leave it so."""
    robot.senses.show(ros_fakes.COLOURS['sad'])
    robot.until_emotion('sad')
    yield
    robot.switch('')
    robot.until_emotion('sad')
    assert robot.perception.running, robot.perception.output
    assert 'Traceback' not in robot.perception.output


def test_an_overload_is_answered_by_less_work_told_and_recovered_from(robot):
    wait_until(lambda: robot.verdict('budget') == 'nothing is left out', 'the budget')
    robot.switch('slow 0.3')
    wait_until(lambda: 'cannot keep up: detection every' in robot.verdict('budget'), 'less work')
    values = robot.diagnosed('budget')
    assert int(values['level']) > 0
    assert 'a load of' in values['why']
    assert values['for [s]']
    robot.until_emotion('sad')
    robot.switch('')
    wait_until(lambda: robot.verdict('budget') == 'nothing is left out', 'recovery')


def test_a_detector_that_hangs_is_replaced_while_the_heartbeat_goes_on(robot):
    before = int(robot.diagnosed('worker')['replaced'])
    robot.switch('hang')
    robot.until_emotion('')
    robot.beats_on()
    wait_until(lambda: int(robot.diagnosed('worker')['replaced']) > before, 'another worker')
    assert robot.diagnosed('worker')['last one hung in stage'] == 'detect'
    robot.perception.wait_for('hangs for')
    robot.switch('')
    robot.until_emotion('sad')
    wait_until(lambda: robot.verdict('worker') == 'ok', 'a sound worker')


def test_where_all_hang_it_says_so_and_goes_on_when_one_returns(robot):
    robot.switch('hang')
    wait_until(lambda: 'too many hang' in robot.verdict('worker'), 'an error in diagnostics')
    robot.beats_on()
    replaced = robot.diagnosed('worker')['replaced']
    robot.beats_on()
    assert robot.diagnosed('worker')['replaced'] == replaced, 'threads pile up'
    robot.switch('')
    robot.until_emotion('sad')


def test_a_detector_that_answers_nonsense_is_counted_by_its_stage(robot):
    before = int(robot.diagnosed('pipeline')['errors of face'])
    robot.switch('nan')
    wait_until(lambda: int(robot.diagnosed('pipeline')['errors of face']) > before, 'the count')
    assert 'AnswerError' in robot.diagnosed('pipeline')['last error']
    robot.until_emotion('')


def test_the_heartbeat_goes_on_while_a_fusion_is_built(robot):
    robot.switch('slow 3.0')
    robot.until_emotion('sad')
    start_ns = time.time_ns()
    assert robot.set_parameter('fusion.plugin', 'switched_plugins:SlowToBuild').successful
    assert time.time_ns() - start_ns >= 3 * NS_PER_S, 'building took no time'
    assert len(robot.emotion.since(start_ns)) >= 10
    robot.switch('')
    assert robot.set_parameter('fusion.plugin', 'product').successful
