"""Parameters changed while pictures come at 30 a second, also to what cannot be."""

from __future__ import annotations

import itertools
import time

from fault_table import Fault, cases

FPS = 30.0
ROUNDS = 20


def under_load(inject):
    """Do it at 30 fps."""

    def loaded(robot):
        robot.senses.on()
        robot.senses.fps = FPS
        return inject(robot)

    return loaded


def accepted(name, *changes):
    """Settings that are switched again and again, each of which must be accepted."""

    @under_load
    def inject(robot):
        before = robot.errors('pipeline')[0]
        start_s = time.monotonic()
        for change in itertools.islice(itertools.cycle(changes), ROUNDS):
            for result in robot.set(**change):
                assert result.successful, result.reason
        rate = ROUNDS / (time.monotonic() - start_s)
        robot.diagnosed_now()
        assert robot.errors('pipeline')[0] == before, robot.errors('pipeline')[1]
        for result in robot.set(**changes[0]):
            assert result.successful, result.reason
        return f'{ROUNDS} changes, {rate:.0f} a second, no error'

    return Fault(name, 'taken over between two pictures', inject)


def refused(name, why, **change):
    """A value that must be refused with a reason."""

    @under_load
    def inject(robot):
        (result,) = robot.set(**change)
        assert not result.successful
        assert why in result.reason, result.reason
        return f'refused: “{result.reason[:100]}”'

    return Fault(name, 'refused with the reason', inject)


@under_load
def plugin_and_its_settings(robot):
    """The settings of a plugin come and go with it, while they are being set."""
    answers = []
    for name in ('confidence', 'product', 'weighted_average', 'product') * 5:
        answers += robot.set(fusion__plugin=name)
        answers += robot.set(fusion__entropy_exponent=2.0)
    assert all(answer.successful for answer in answers[::2])
    refusals = [answer for answer in answers if not answer.successful]
    assert all(answer.reason for answer in refusals)
    return f'{len(answers)} changes, {len(refusals)} refused with a reason'


FAULTS = [
    accepted('fusion', {'fusion__plugin': 'product'}, {'fusion__plugin': 'weighted_average'}),
    accepted(
        'smoothing',
        {'smoothing__plugin': 'exponential'},
        {'smoothing__plugin': 'hidden_markov'},
    ),
    accepted('dwell of labels', {'label__dwell': 0.2}, {'label__dwell': 1.0}),
    accepted('rate of the voice', {'voice__hop': 0.5}, {'voice__hop': 0.1}),
    Fault('settings of a fusion just left', 'refused or taken', plugin_and_its_settings),
    refused('a fusion that does not exist', 'available', fusion__plugin='no_such'),
    refused('a module that does not exist', 'failed to load', fusion__plugin='no_such:Fusion'),
    refused('a class that is no plugin', 'Config', fusion__plugin='collections:OrderedDict'),
    refused('a detector as the fusion', 'fusion', fusion__plugin='fault_plugins:Detector'),
    refused('a number out of range', 'range', absent_after=-1.0),
    refused('infinity for a number', '', absent_after=float('inf')),
    refused('text for a number', '', absent_after='soon'),
    refused('a setting that is not live', 'read', face__model='another'),
    refused('a setting that does not exist', 'declared', no_such_setting=True),
    refused('a setting removed', '', absent_after=None),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Parameters under load', fault, robot)
