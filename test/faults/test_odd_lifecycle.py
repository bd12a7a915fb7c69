"""Transitions in orders that no launch file asks for."""

from __future__ import annotations

from fault_table import Fault, cases
from ros_graph import ChangeState, GetState, Transition, wait_until

REFUSED = 'refused; the state stays'
CLEANUP, CONFIGURE, ACTIVATE, DEACTIVATE = (
    Transition.TRANSITION_CLEANUP,
    Transition.TRANSITION_CONFIGURE,
    Transition.TRANSITION_ACTIVATE,
    Transition.TRANSITION_DEACTIVATE,
)
UNKNOWN = 77


def ask(robot, number):
    """Whether a transition was made."""
    request = ChangeState.Request(transition=Transition(id=number))
    return robot.graph.call(ChangeState, 'perception/change_state', request).success


def state(robot):
    answer = robot.graph.call(GetState, 'perception/get_state', GetState.Request())
    return answer.current_state.label


def refused(name, numbers):
    """Transitions that are not possible in the active state."""

    def inject(robot):
        answers = [ask(robot, number) for number in numbers]
        assert not any(answers)
        assert state(robot) == 'active'
        return f'{len(answers)} refused, still active'

    return Fault(name, REFUSED, inject)


def refused_unconfigured(robot):
    assert ask(robot, DEACTIVATE)
    assert ask(robot, CLEANUP)
    answers = [ask(robot, number) for number in (ACTIVATE, DEACTIVATE, CLEANUP, UNKNOWN)]
    assert not any(answers)
    assert state(robot) == 'unconfigured'
    assert ask(robot, CONFIGURE)
    assert not ask(robot, CONFIGURE)
    assert ask(robot, ACTIVATE)
    return 'refused in both states'


def under_load(robot):
    """Deactivated and activated while pictures and sound come."""
    robot.senses.on()
    robot.senses.fps = 30.0
    for _ in range(3):
        assert ask(robot, DEACTIVATE)
        heard = len(robot.emotion)
        assert ask(robot, ACTIVATE)
        wait_until(lambda heard=heard: len(robot.emotion) > heard, 'the heartbeat')
    return '3 times, the heartbeat came back each time'


FAULTS = [
    refused('configured and activated while active', [CONFIGURE, ACTIVATE]),
    refused('an unknown transition', [UNKNOWN, 0, 255]),
    Fault('activated before it is configured', REFUSED, refused_unconfigured),
    Fault('deactivated and activated at 30 fps', 'the heartbeat comes back', under_load),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Lifecycle', fault, robot)
