"""Two robots in one perception process, each with a camera and a microphone of the test."""

from __future__ import annotations

import sys
import time

import pytest
import ros_fakes
import yaml
from ros_graph import (
    DiagnosticArray,
    Expression,
    GetState,
    Graph,
    Parameter,
    ParameterType,
    ParameterValue,
    SetParameters,
    qos,
    wait_until,
)
from ros_robot import Senses
from switch import Switch

SAD, HAPPY = ros_fakes.COLOURS['sad'], ros_fakes.COLOURS['happy']


class Robot:
    """One of the streams: what it sees and hears, and what is said of it."""

    def __init__(self, graph, name):
        self._graph = graph
        self.name = name
        self.senses = Senses(graph, f'{name}/')
        self.emotion = graph.listen(Expression, f'/{name}/emotion', qos.EMOTION)
        self.voice = graph.listen(Expression, f'/{name}/emotion/voice', qos.EMOTION)

    def until(self, label, of=None):
        """Wait until it says this from now on."""
        heard, start_ns = self.emotion if of is None else of, time.time_ns()
        return wait_until(
            lambda: any(m.expression == label for m in heard.since(start_ns)),
            f'{label!r} of {self.name}',
        )

    def state(self):
        return self._graph.call(
            GetState, f'{self.name}/perception/get_state', GetState.Request()
        ).current_state.label

    def go(self, verb):
        assert self._graph.transition(f'{self.name}/perception', verb)


class Fleet:
    """Both robots and their one process."""

    def __init__(self, graph, folder, own=None, **parameters):
        """``own`` parameters are those of robot2 alone."""
        self.graph = graph
        self.switch = Switch(folder)
        self.robots = [Robot(graph, f'robot{number}') for number in (1, 2)]
        self.diagnostics = graph.listen(DiagnosticArray, '/diagnostics')
        fakes = ros_fakes.perception_parameters(folder)
        for_all = {'streams': ['robot1', 'robot2'], 'autostart': True, **fakes, **parameters}
        sections = {'/**/perception': for_all, '/robot2/perception': own or {'ros4hri': True}}
        file = folder / 'parameters.yaml'
        file.write_text(
            yaml.safe_dump({name: {'ros__parameters': each} for name, each in sections.items()})
        )
        command = [sys.executable, '-m', 'fer_ros.ros.perception_node']
        command += ['--ros-args', '--params-file', str(file)]
        self.process = graph.start(command, self.switch.env)

    def at_work(self):
        """Both robots, one of which sees somebody sad and the other one somebody happy."""
        one, other = self.robots
        one.senses.show(SAD)
        other.senses.show(HAPPY)
        one.until('sad')
        other.until('happy')
        return one, other

    def diagnosed(self, name, key):
        """The newest value of a status, None before there is one."""
        for message in reversed(self.diagnostics):
            for status in message.status:
                if status.name == name:
                    return next((pair.value for pair in status.values if pair.key == key), None)
        return None

    def close(self):
        for robot in self.robots:
            robot.senses.close()


@pytest.fixture
def fleet(graph, tmp_path):
    fleets = []

    def start(own=None, **parameters):
        fleets.append(Fleet(graph, tmp_path, own, **parameters))
        return fleets[-1]

    yield start
    for each in fleets:
        each.close()
        assert 'Traceback' not in each.process.output, each.process.output


@pytest.fixture(scope='module')
def two(tmp_path_factory):
    """Robots that several tests use; each test leaves them at work."""
    graph = Graph()
    fleet = Fleet(graph, tmp_path_factory.mktemp('fleet'))
    yield fleet
    fleet.close()
    graph.close()


@pytest.fixture
def pair(two):
    yield two, *two.at_work()
    for robot in two.robots:
        robot.senses.sound(None)
    assert two.process.running, two.process.output
    assert 'Traceback' not in two.process.output


def test_each_robot_gets_the_emotion_of_its_own_camera_and_microphone(pair):
    fleet, one, other = pair
    one.senses.sound(0.8)
    one.until('happy', one.voice)
    assert not other.voice, 'the other one hears nobody'
    assert {m.expression for m in one.emotion} <= {'', 'sad', 'happy'}
    assert {m.expression for m in other.emotion} <= {'', 'happy'}
    wait_until(
        lambda: (
            fleet.diagnosed('robot1/perception: image', 'received')
            and fleet.diagnosed('robot2/perception: image', 'received')
        ),
        'diagnostics of both',
    )


def test_a_camera_that_stops_is_that_of_one_robot(pair):
    _, one, other = pair
    one.senses.show(None)
    one.until('')
    other.until('happy')
    one.senses.show(SAD)
    one.until('sad')


def test_a_camera_that_sends_nonsense_is_that_of_one_robot(pair):
    fleet, one, other = pair
    before = int(fleet.diagnosed('robot1/perception: image', 'errors') or 0)
    one.senses.show(None)

    def counted():
        one.senses.send_image(step=3)
        errors = fleet.diagnosed('robot1/perception: image', 'errors')
        return errors is not None and int(errors) > before

    wait_until(counted, 'the errors of robot1')
    assert fleet.diagnosed('robot2/perception: image', 'errors') == '0'
    other.until('happy')


def test_each_robot_has_a_lifecycle_of_its_own(pair):
    _, one, other = pair
    one.go('deactivate')
    start_ns = time.time_ns()
    other.until('happy')
    assert (one.state(), other.state()) == ('inactive', 'active')
    one.go('cleanup')
    assert one.state() == 'unconfigured'
    other.until('happy')
    assert not one.emotion.since(start_ns + 2 * 10**8), 'it is silent'
    one.go('configure')
    one.go('activate')
    one.until('sad')


def test_each_robot_has_parameters_of_its_own(pair):
    fleet, one, other = pair
    value = ParameterValue(type=ParameterType.PARAMETER_BOOL, bool_value=False)
    request = SetParameters.Request(parameters=[Parameter(name='budget.enabled', value=value)])
    answer = fleet.graph.call(SetParameters, 'robot1/perception/set_parameters', request)
    assert answer.results[0].successful
    one.until('sad')
    other.until('happy')


def test_a_detector_that_hangs_blinds_one_robot(fleet):
    started = fleet(
        own={'face.detector.plugin': 'switched_plugins:SwitchedDetector'},
        **{'watchdog.timeout': 1.0},
    )
    one, other = started.at_work()
    started.switch('hang')
    started.process.wait_for('stage detect, hangs for')
    one.until('sad')
    assert started.diagnosed('robot1/perception: worker', 'replaced') == '0'
    started.switch('')
    other.until('happy')
    assert started.process.interrupt() == 0, started.process.output


def test_a_robot_whose_reading_is_slow_leaves_something_out_and_the_other_does_not(fleet):
    started = fleet(
        own={'face.detector.plugin': 'switched_plugins:SwitchedDetector'},
        **{'budget.step_after': 0.5},
    )
    started.at_work()
    started.switch('slow 0.2')
    wait_until(
        lambda: int(started.diagnosed('robot2/perception: budget', 'level') or 0) > 0,
        'robot2 leaves something out',
    )
    assert started.diagnosed('robot1/perception: budget', 'level') == '0'
    started.switch('')


def test_a_network_is_shared_replaced_when_it_hangs_and_freed_when_nobody_uses_it(fleet, tmp_path):
    model = ros_fakes.write_model(tmp_path / 'telling', 'face_backbone', 'ColourReader')
    card = (model / 'card.yaml').read_text()
    (model / 'card.yaml').write_text(
        card.replace('ros_fakes:ColourReader', 'stream_plugins:TellingReader')
    )
    started = fleet(**{'face.model': str(model), 'watchdog.timeout': 1.0})

    def said(what):
        return started.process.output.count(f'network {what}')

    one, other = started.at_work()
    assert said('loaded') == 1
    started.switch('hang')
    for robot in started.robots:
        started.process.wait_for('stage face_net, hangs for')
        wait_until(
            lambda name=robot.name: int(
                started.diagnosed(f'{name}/perception: worker', 'replaced') or 0
            ),
            f'a new worker of {robot.name}',
        )
    started.switch('')
    one.until('sad')
    other.until('happy')
    assert said('loaded') == 2, 'a new one, which both use'
    one.go('deactivate')
    other.until('happy')
    assert said('freed') < 2, 'one is in use'
    other.go('deactivate')
    wait_until(lambda: said('freed') == 2, 'the memory of both')


def test_a_robot_that_cannot_be_configured_leaves_the_other_at_work(fleet):
    started = fleet(own={'face.model': 'no_such_model'})
    one, other = started.robots
    one.senses.show(SAD)
    one.until('sad')
    assert (one.state(), other.state()) == ('active', 'unconfigured')
    started.process.wait_for("cannot configure: no model 'no_such_model'")


def test_streams_that_are_no_namespaces_are_refused_at_the_start(graph):
    process = graph.start_node('perception', {'streams': "['a b']"})
    assert process.wait() == 1
    assert "'a b' is no namespace" in process.output
    assert 'Traceback' not in process.output
