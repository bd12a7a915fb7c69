"""The launch of one perception for two robots, each with a policy of its own."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest
import ros_fakes
from ros_graph import Expression, String, qos, wait_until
from ros_robot import Senses

LABELS = {'robot1': 'sad', 'robot2': 'happy'}


@pytest.fixture
def senses(graph):
    """A camera of each robot that shows somebody."""
    made = [Senses(graph, f'fleet/{name}/') for name in LABELS]
    for each, label in zip(made, LABELS.values(), strict=True):
        each.show(ros_fakes.COLOURS[label])
    yield made
    for each in made:
        each.close()


def test_each_robot_gets_its_emotion_and_behaviour_also_after_the_process_died(
    graph, launch, params_file, senses
):
    names = [f'/fleet/{name}' for name in LABELS]
    emotions = [graph.listen(Expression, f'{name}/emotion', qos.EMOTION) for name in names]
    behaviours = [
        graph.listen(String, f'{name}/interaction/behaviour', qos.LATCHED) for name in names
    ]
    process = launch(
        streams=', '.join(LABELS), namespace='fleet', params_file=params_file(), respawn_delay=0.1
    )

    def all_say_what_they_see(since_ns):
        return all(
            any(m.expression == label for m in heard.since(since_ns))
            for heard, label in zip(emotions, LABELS.values(), strict=True)
        )

    wait_until(lambda: all_say_what_they_see(0), 'both robots', 90.0)
    wait_until(
        lambda: (
            [heard[-1].data if heard else '' for heard in behaviours] == ['comfort', 'celebrate']
        ),
        'both behaviours',
        90.0,
    )
    (pid,) = re.findall(
        r'\[perception_node-\d+\]: process started with pid \[(\d+)\]', process.output
    )
    os.kill(int(pid), signal.SIGKILL)
    process.wait_for('starting it again', 90.0)
    again_ns = time.time_ns()
    wait_until(lambda: all_say_what_they_see(again_ns), 'both robots again', 90.0)
    assert process.interrupt() == 0, process.output
    assert 'Traceback' not in process.output


def test_streams_and_a_source_do_not_go_together(launch):
    process = launch(streams='robot1', source='sample')
    assert process.wait() == 1
    assert 'streams:=robot1: not together with source' in process.output
    assert 'process started' not in process.output
