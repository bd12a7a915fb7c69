"""The launch file, run by a LaunchService in a process of its own, with fake models."""

from __future__ import annotations

import os
import re
import signal
import sys
import time

import pytest
import ros_fakes
from clips import write_clip
from ros_graph import ROOT, Expression, Image, String, qos, wait_until


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
    """A clip in which somebody is sad and then happy, and one in which nobody is."""
    folder = tmp_path_factory.mktemp('clips')
    sad, happy = ros_fakes.COLOURS['sad'], ros_fakes.COLOURS['happy']
    somebody = write_clip(
        folder / 'somebody.mov', 4.0, lambda t: sad if t < 2.0 else happy, lambda t: 0.0
    )
    nobody = write_clip(folder / 'nobody.mov', 1.0, lambda t: ros_fakes.BLACK, lambda t: 0.0)
    return somebody, nobody


def test_a_clip_is_watched_to_its_end_and_the_launch_ends_with_it(
    graph, launch, params_file, clips
):
    debug_images = graph.listen(Image, 'emotion/debug_image', 10)
    process = launch(source=clips[0], params_file=params_file(), overlay='true')
    assert process.wait(90.0) == 0, process.output
    assert 'Traceback' not in process.output
    changes = re.findall(r'^ +(\d+\.\d\d) s  emotion +(\w+)', process.output, re.MULTILINE)
    labels = [label for _, label in changes if label != 'nobody']
    assert labels == ['sad', 'happy'], process.output
    sad_s, happy_s = (float(time) for time, label in changes if label != 'nobody')
    assert sad_s < 1.0, 'the beginning of the clip was lost'
    assert 1.0 < happy_s < 3.0  # at 2 s, counted from the first message that was heard
    for behaviour in ('comfort', 'celebrate', 'idle'):
        assert re.search(rf'behaviour +{behaviour}', process.output)
    assert 'recognised in' in process.output
    assert debug_images


def test_a_clip_without_anybody_fails(launch, params_file, clips):
    process = launch(source=clips[1], params_file=params_file())
    assert process.wait(90.0) == 1
    assert 'nobody was recognised in' in process.output
    assert 'Traceback' not in process.output


def test_a_node_that_cannot_be_configured_ends_the_launch_with_the_reason(launch, params_file):
    process = launch(params_file=params_file(**{'face.model': 'no_such_model'}))
    assert process.wait(90.0) == 1
    assert 'no_such_model' in process.output
    assert 'perception could not be configured' in process.output
    assert 'Traceback' not in process.output


def test_a_source_that_is_not_there_is_said_before_anything_starts(launch):
    process = launch(source='/no/such/clip.mp4')
    assert process.wait() == 1
    assert '/no/such/clip.mp4: no such file or device' in process.output
    assert 'process started' not in process.output


@pytest.mark.parametrize(
    ('name', 'value', 'why'),
    [
        ('overlay', 'yes', 'neither true nor false'),
        ('respawn', 'flase', 'neither true nor false'),
        ('respawn_delay', 'soon', 'not a number'),
        ('log_level', 'loud', 'not one of debug, info'),
    ],
)
def test_a_wrong_value_is_refused_before_anything_starts(launch, name, value, why):
    process = launch(**{name: value})
    assert process.wait() == 1
    assert f'{name}:={value}: {why}' in process.output
    assert 'process started' not in process.output


def test_a_misspelt_argument_is_told(launch):
    process = launch(sorce='sample')
    wait_until(
        lambda: 'sorce:= is no argument of this launch file; is it source:=?' in process.output,
        'a hint',
        60.0,
    )


def test_on_a_robot_in_a_namespace_with_other_topics_until_ctrl_c(graph, launch, params_file):
    emotion = graph.listen(Expression, '/robot/mood', qos.EMOTION)
    behaviour = graph.listen(String, '/robot/interaction/behaviour', qos.LATCHED)
    process = launch(
        params_file=params_file(), namespace='robot', emotion='mood', image='/head/image_raw'
    )
    wait_until(lambda: emotion and behaviour, 'both nodes at work', 90.0)
    node = graph.node
    wait_until(lambda: node.count_subscribers('/head/image_raw') == 1, 'the renamed image')
    assert node.count_publishers('/robot/mood/scores') == 1
    assert process.interrupt() == 0, process.output
    assert 'Traceback' not in process.output


def test_ctrl_c_while_the_nodes_come_up(graph, launch, params_file):
    process = launch(params_file=params_file())
    node = graph.node
    wait_until(lambda: 'policy' in node.get_node_names(), 'the first node', 90.0)
    assert process.interrupt() == 0, process.output
    assert 'Caught exception' not in process.output


INTERRUPTED_LAUNCH = """
import signal
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import AnyLaunchDescriptionSource
signal.signal(signal.SIGINT, lambda *_: None)  # as ros2 launch does
service = LaunchService(noninteractive=False)
include = IncludeLaunchDescription(AnyLaunchDescriptionSource(sys.argv[1]))
ctrl_c = OpaqueFunction(function=lambda _: signal.raise_signal(signal.SIGINT))
service.include_launch_description(LaunchDescription([ctrl_c, include]))
sys.exit(service.run())
"""


def test_ctrl_c_before_the_processes_are_there(graph):
    file = ROOT / 'launch' / 'fer.launch.py'
    process = graph.start([sys.executable, '-c', INTERRUPTED_LAUNCH, str(file)])
    assert process.wait(90.0) == 0, process.output
    assert 'process started' in process.output
    assert 'escalating' not in process.output


def pid_of(process, name):
    """The process that a launch started last for a node."""
    pattern = rf'\[{name}_node-\d+\]: process started with pid \[(\d+)\]'
    return int(re.findall(pattern, process.output)[-1])


def test_nodes_that_die_are_started_and_brought_up_again(graph, launch, params_file):
    emotion = graph.listen(Expression, '/emotion', qos.EMOTION)
    behaviour = graph.listen(String, '/interaction/behaviour', qos.LATCHED)
    process = launch(params_file=params_file(), respawn_delay='0.1')
    wait_until(lambda: emotion and behaviour, 'both nodes at work', 90.0)
    for name, heard in (('perception', emotion), ('policy', behaviour), ('perception', emotion)):
        killed = pid_of(process, name)
        os.kill(killed, signal.SIGKILL)
        process.wait_for(f'{name} ended with exit code -9; starting it again', 90.0)
        wait_until(lambda name=name, killed=killed: pid_of(process, name) != killed, 'a new one')
        started_ns = time.time_ns()
        wait_until(lambda heard=heard, at=started_ns: heard.since(at), f'{name} at work', 90.0)
    assert process.interrupt() == 0, process.output
    assert 'Caught exception' not in process.output


def test_a_node_that_dies_ends_the_launch_if_it_shall_not_come_back(graph, launch, params_file):
    emotion = graph.listen(Expression, '/emotion', qos.EMOTION)
    process = launch(params_file=params_file(), respawn='false')
    wait_until(lambda: emotion, 'perception at work', 90.0)
    os.kill(pid_of(process, 'policy'), signal.SIGKILL)
    assert process.wait(90.0) == 1
    assert 'policy ended with exit code' in process.output


def test_a_node_that_dies_before_it_works_ends_the_launch(graph, launch, params_file):
    process = launch(params_file=params_file(), respawn_delay='0.1')
    process.wait_for('[policy_node-', 90.0)
    wait_until(lambda: 'process started' in process.output, 'the first process', 90.0)
    os.kill(pid_of(process, 'perception'), signal.SIGKILL)
    assert process.wait(90.0) == 1
    assert 'perception ended with exit code -9' in process.output


def test_what_an_operator_configures_is_not_activated_by_the_launch(graph, launch, params_file):
    emotion = graph.listen(Expression, '/emotion', qos.EMOTION)
    process = launch(params_file=params_file())
    wait_until(lambda: emotion, 'perception at work', 90.0)
    for verb in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert graph.transition('perception', verb), verb
    assert process.interrupt() == 0, process.output


def test_every_argument_is_described():
    from launch.launch_description_sources import get_launch_description_from_python_launch_file
    from ros_graph import ROOT

    file = ROOT / 'launch' / 'fer.launch.py'
    description = get_launch_description_from_python_launch_file(str(file))
    arguments = {argument.name: argument for argument in description.get_launch_arguments()}
    assert {'source', 'overlay', 'params_file', 'namespace', 'use_sim_time'} <= set(arguments)
    assert all(len(argument.description) > 20 for argument in arguments.values())
