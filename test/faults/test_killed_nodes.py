"""Each node of a whole graph killed (SIGKILL) and started again, while the others go on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import ros_fakes
from clips import write_clip
from fault_robot import at_work
from fault_table import Fault, cases
from ros_graph import Expression, Graph, IdsList, Image, String, qos, stamp_ns, wait_until

ALIVE_S = 30.0
LIFECYCLE = ('perception', 'policy')


class Demo:
    """Media, perception, policy and overlay at work on a clip of somebody sad."""

    def __init__(self, folder) -> None:
        clip = write_clip(
            folder / 'sad.mov', 4.0, lambda t: ros_fakes.COLOURS['sad'], lambda t: 0.0
        )
        self.graph = Graph()
        self.emotion = self.graph.listen(Expression, 'emotion', qos.EMOTION)
        self.behaviour = self.graph.listen(String, 'interaction/behaviour', qos.LATCHED)
        self.debug_images = self.graph.listen(Image, 'emotion/debug_image', 10)
        self._parameters = {
            'perception': ros_fakes.perception_parameters(folder / 'models'),
            'media': {'source': clip, 'loop': True},
        }
        self.processes = {}
        for name in ('perception', 'policy', 'overlay', 'media'):
            self.start(name)

    def close(self) -> None:
        """End everything."""
        self.graph.close()

    def start(self, name: str) -> None:
        """Start a node, again if need be."""
        self.processes[name] = self.graph.start_node(name, self._parameters.get(name))
        if name in LIFECYCLE:
            self.graph.bring_up(name)

    def kill(self, name: str) -> int:
        """Kill a node; when that was."""
        self.processes[name].kill()
        return time.time_ns()

    def heard(self, messages, since_ns: int, what: str):
        """The first message that arrives after a moment."""
        return wait_until(lambda: messages.since(since_ns), what, ALIVE_S)[0]

    def says(self, behaviour: str) -> None:
        """Wait for the policy to say this."""
        wait_until(
            lambda: self.behaviour and self.behaviour[-1].data == behaviour,
            f'the behaviour {behaviour}',
            ALIVE_S,
        )

    def alive(self) -> str:
        """Everybody works: a face is read, the behaviour follows, and the overlay shows it."""
        start_ns = time.time_ns()

        def read():
            return [
                m
                for m in self.emotion.since(start_ns)
                if m.expression == 'sad' and stamp_ns(m) > start_ns
            ]

        wait_until(read, 'somebody sad on emotion', ALIVE_S)
        took_s = (time.time_ns() - start_ns) / 1e9
        self.says('comfort')
        self.heard(self.debug_images, start_ns, 'a picture of the overlay')
        for name, process in self.processes.items():
            assert process.running, f'{name}:\n{process.output}'
            assert 'Traceback' not in process.output, process.output
        return f'a face again after {took_s:.1f} s'


def perception(demo):
    killed_ns = demo.kill('perception')
    demo.says('idle')
    fell_back_s = (demo.behaviour.arrived_ns[-1] - killed_ns) / 1e9
    assert not demo.emotion.since(killed_ns + 10**9)
    demo.start('perception')
    return f'emotion falls silent, the policy falls back after {fell_back_s:.1f} s'


def policy(demo):
    killed_ns = demo.kill('policy')
    demo.heard(demo.emotion, killed_ns, 'emotion')
    started_ns = time.time_ns()
    demo.start('policy')
    message = demo.heard(demo.behaviour, started_ns, 'a behaviour')
    return f'emotion goes on; the new one says {message.data}'


def media(demo):
    killed_ns = demo.kill('media')
    gone = wait_until(
        lambda: [
            at
            for m, at in zip(list(demo.emotion), demo.emotion.arrived_ns, strict=False)
            if at > killed_ns and not m.expression
        ],
        'nobody on emotion',
        ALIVE_S,
    )[0]
    demo.says('idle')
    demo.start('media')
    return f'nobody on emotion after {(gone - killed_ns) / 1e9:.1f} s, the policy falls back'


def overlay(demo):
    killed_ns = demo.kill('overlay')
    demo.heard(demo.emotion, killed_ns, 'emotion')
    demo.start('overlay')
    return 'emotion goes on'


def odd_ids(demo):
    """Faces whose names can be no topic, and too many of them."""
    publisher = demo.graph.node.create_publisher(IdsList, 'humans/faces/tracked', qos.LATCHED)
    for ids in (['', ' ', '0', 'a b', '/', 'ü', '../f', 'f\n'], [f'x{n}' for n in range(2000)]):
        publisher.publish(IdsList(ids=ids))
        start_ns = time.time_ns()
        demo.heard(demo.debug_images, start_ns, 'a picture of the overlay')
    demo.graph.node.destroy_publisher(publisher)
    return 'the overlay goes on'


def broken_policy(demo):
    demo.kill('policy')
    path = os.pathsep.join([str(Path(__file__).parent), demo.graph.env['PYTHONPATH']])
    broken = demo.graph.start_node(
        'policy', {'policy.plugin': 'fault_plugins:BrokenPolicy'}, {'PYTHONPATH': path}
    )
    demo.graph.bring_up('policy')
    broken.wait_for('cannot decide')
    heard = len(demo.emotion)
    wait_until(lambda: len(demo.emotion) > heard + 20, 'more emotions', ALIVE_S)
    assert broken.running, broken.output
    lines = broken.output.count('cannot decide')
    assert lines < 5, 'the log is flooded'
    broken.kill()
    demo.start('policy')
    return f'it lives; told {lines} times in the log for 20 emotions'


FAULTS = [
    Fault('a policy plugin that raises', 'told and throttled; the node lives', broken_policy),
    Fault('names of faces that can be no topics; 2000 faces', 'they are left out', odd_ids),
    Fault('perception killed and started again', 'the policy falls back', perception),
    Fault('policy killed and started again', 'emotion goes on', policy),
    Fault('media killed and started again', 'nobody; the policy falls back', media),
    Fault('overlay killed and started again', 'emotion goes on', overlay),
]


@pytest.fixture(scope='module')
def demo(tmp_path_factory):
    with at_work(Demo(tmp_path_factory.mktemp('demo'))) as demo:
        yield demo


@cases(FAULTS)
def test_the_graph_lives_through(demo, table, fault):
    table.run('Other nodes', fault, demo)
