"""Plugins that raise, hang, run out of memory or answer nonsense."""

from __future__ import annotations

import pytest
import ros_fakes
from fault_robot import Robot, at_work
from fault_table import Fault, cases
from ros_graph import wait_until
from switch import Switch

TIMEOUT_S = 1.0
"""After which a worker hangs."""


class PluginRobot(Robot):
    """A perception node all of whose plugins have a switch."""

    def __init__(self, material, folder) -> None:
        self.switch = Switch(folder)
        parameters = {
            **ros_fakes.perception_parameters(folder / 'models'),
            'face.detector.plugin': 'fault_plugins:Detector',
            'voice.vad.plugin': 'fault_plugins:Vad',
            'fusion.plugin': 'fault_plugins:Fusion',
            'watchdog.timeout': TIMEOUT_S,
        }
        for kind, name in (('face', 'FaceReader'), ('voice', 'VoiceReader')):
            model = ros_fakes.write_model(
                folder / f'{kind}_model',
                'face_backbone' if kind == 'face' else 'audio_backbone',
                name,
            )
            card = model / 'card.yaml'
            card.write_text(card.read_text().replace('ros_fakes:', 'fault_plugins:'))
            parameters[f'{kind}.model'] = str(model)
        super().__init__(material, parameters, self.switch.env)

    def alive(self) -> str:
        """With plugins that work."""
        self.switch('')
        return super().alive()


def counted(name, switch, why, expected='counted with its reason; the rest goes on'):
    """A plugin whose failure shows in /diagnostics."""

    def inject(robot):
        robot.senses.on()
        return robot.refused('pipeline', lambda: robot.switch(switch), why)

    return Fault(name, expected, inject)


def voice_goes_on(name, switch, why):
    """What is wrong with the face leaves the voice."""

    def inject(robot):
        robot.senses.on()
        robot.until_voice()
        seen = robot.refused('pipeline', lambda: robot.switch(switch), why)
        return f'{seen}; {robot.until_voice()}'

    return Fault(name, 'counted; the voice goes on', inject)


def face_goes_on(name, switch, why):
    """What is wrong with the voice leaves the face."""

    def inject(robot):
        robot.senses.on()
        robot.beats(3)
        seen = robot.refused('pipeline', lambda: robot.switch(switch), why)
        return f'{seen}; {robot.until_face(robot.senses.face)}'

    return Fault(name, 'counted; the face goes on', inject)


def hangs(name, switch, stage):
    """A plugin that does not return, and the stage in which that is noticed."""

    def inject(robot):
        robot.senses.on()
        robot.beats(3)
        before = int(robot.values('worker')['replaced'])
        robot.switch(switch)

        def is_replaced():
            # of the fault before, another one may be replaced meanwhile
            values = robot.values('worker')
            return int(values['replaced']) > before and values['last one hung in stage'] == stage

        wait_until(is_replaced, f'another worker after one that hung in {stage}')
        robot.beats(10)
        return f'replaced; hung in stage {stage!r}'

    return Fault(name, 'the worker is replaced; the heartbeat goes on', inject)


def cannot_be_built(name, plugin, switch, why):
    """A fusion that is chosen live and fails while it is built."""

    def inject(robot):
        robot.switch(switch)
        (first,) = robot.set(fusion__plugin='product')
        assert first.successful, first.reason
        wait_until(lambda: robot.values('pipeline')['fusion'] == 'product', 'the other fusion')
        (answer,) = robot.set(fusion__plugin=plugin)
        robot.switch('')
        (again,) = robot.set(fusion__plugin='fault_plugins:Fusion')
        assert again.successful, again.reason
        assert not answer.successful
        assert why in answer.reason, answer.reason
        return f'refused: “{answer.reason[:110]}”'

    return Fault(name, 'refused with the reason; the old one stays', inject)


FAULTS = [
    voice_goes_on('a detector that raises', 'detector raise', 'detector is broken'),
    voice_goes_on('a detector that answers NaN', 'detector nan', 'nan'),
    voice_goes_on('a detector that answers impossible boxes', 'detector nonsense', 'box'),
    voice_goes_on('a face model out of memory', 'face memory', 'out of memory'),
    voice_goes_on('a face model that answers NaN', 'face nan', 'logits [nan'),
    voice_goes_on('a face model that answers another shape', 'face shape', 'shape'),
    face_goes_on('a voice model that raises', 'voice raise', 'voice is broken'),
    face_goes_on('a voice model out of memory', 'voice memory', 'out of memory'),
    face_goes_on('a voice model that answers NaN', 'voice nan', 'logits [nan'),
    face_goes_on('a voice model that answers another shape', 'voice shape', 'shape'),
    face_goes_on('a voice activity detector that raises', 'vad raise', 'vad is broken'),
    face_goes_on('a voice activity detector that answers NaN', 'vad nan', 'quality nan'),
    counted('a fusion that raises', 'fusion raise', 'fusion is broken'),
    counted('a fusion that answers NaN', 'fusion nan', 'not finite'),
    hangs('a detector that hangs', 'detector hang', 'detect'),
    hangs('a face model that hangs', 'face hang', 'face_net'),
    hangs('a voice model that hangs', 'voice hang', 'voice_net'),
    hangs('a fusion that hangs', 'fusion hang', 'fuse'),
    cannot_be_built(
        'a fusion that raises while it is built',
        'fault_plugins:Fusion',
        'building raise',
        'building is broken',
    ),
    cannot_be_built(
        'settings that are no dataclass', 'fault_plugins:BrokenConfig', '', 'Config dataclass'
    ),
]


@pytest.fixture(scope='module')
def plugin_robot(material, tmp_path_factory):
    with at_work(PluginRobot(material, tmp_path_factory.mktemp('plugins'))) as robot:
        yield robot


@cases(FAULTS)
def test_the_node_lives_through(plugin_robot, table, fault):
    table.run('Plugins', fault, plugin_robot)
