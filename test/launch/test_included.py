"""The launch file within another one, as in the bring-up of a robot."""

from __future__ import annotations

import sys

import pytest
from ros_graph import ROOT, wait_until

ROBOT = """
from launch import LaunchDescription
from launch.actions import GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource
from launch_ros.actions import PushRosNamespace, SetParameter


def generate_launch_description():
    ours = IncludeLaunchDescription(
        AnyLaunchDescriptionSource({file!r}), launch_arguments={arguments!r}
    )
    actions = [PushRosNamespace('robot'), SetParameter('use_sim_time', True), ours]
    return LaunchDescription([GroupAction(actions)])
"""


@pytest.fixture
def launch_included(graph, launch, tmp_path):
    def start(**arguments):
        file = str(ROOT / 'launch' / 'fer.launch.py')
        path = tmp_path / 'robot.launch.py'
        path.write_text(ROBOT.format(file=file, arguments=list(arguments.items())))
        return graph.start([sys.executable, str(ROOT / 'test/launch/run_launch.py'), str(path)])

    return start


@pytest.mark.parametrize(
    ('arguments', 'nodes'),
    [
        ({}, {'/robot/perception', '/robot/policy'}),
        (
            {'namespace': 'fleet', 'streams': 'left'},
            {'/robot/fleet/left/perception', '/robot/fleet/left/policy'},
        ),
        (
            {'streams': 'left,right'},
            {f'/robot/{s}/{n}' for s in ('left', 'right') for n in ('perception', 'policy')},
        ),
    ],
    ids=['alone', 'stream', 'streams'],
)
def test_it_is_in_the_namespace_and_in_the_time_of_the_launch_around_it(
    graph, launch_included, arguments, nodes
):
    process = launch_included(**arguments)
    node = graph.node

    def ours():
        found = node.get_node_names_and_namespaces()
        return {f'{space.rstrip("/")}/{name}' for name, space in found if name.startswith('p')}

    # a node in simulated time listens to /clock
    wait_until(
        lambda: ours() == nodes and node.count_subscribers('/clock') == len(nodes),
        f'{nodes} in simulated time; there are\n{process.output}',
        90.0,
    )


def test_a_parameter_file_may_choose_simulated_time(graph, launch, tmp_path):
    path = tmp_path / 'robot.yaml'
    path.write_text('/**: {ros__parameters: {use_sim_time: true}}')
    launch(params_file=path)
    wait_until(lambda: graph.node.count_subscribers('/clock') == 2, 'perception and policy', 90.0)
