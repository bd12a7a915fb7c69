"""The launch file under launch_pytest, the tool of ROS for such tests, where it is installed."""

from __future__ import annotations

import pytest
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from ros_graph import ROOT, Expression, qos, wait_until

try:
    import launch_pytest
except ImportError:
    # skipping the whole module would make launch_testing's plugin skip this whole folder
    def test_the_nodes_come_up():
        pytest.skip('needs launch_pytest: sudo apt install ros-$ROS_DISTRO-launch-pytest')

else:

    @launch_pytest.fixture
    def description(graph, params_file, monkeypatch):
        for name in ('ROS_DOMAIN_ID', 'ROS_AUTOMATIC_DISCOVERY_RANGE', 'PYTHONPATH'):
            if name in graph.env:
                monkeypatch.setenv(name, graph.env[name])
        include = IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(ROOT / 'launch' / 'fer.launch.py')),
            launch_arguments={'params_file': str(params_file())}.items(),
        )
        return LaunchDescription([include, launch_pytest.actions.ReadyToTest()])

    @pytest.mark.launch(fixture=description)
    def test_the_nodes_come_up(graph):
        emotion = graph.listen(Expression, '/emotion', qos.EMOTION)
        wait_until(lambda: emotion, 'the heartbeat of perception', 90.0)
        yield
        # what follows runs after the launch has shut down
        assert all(message.expression == '' for message in emotion)
