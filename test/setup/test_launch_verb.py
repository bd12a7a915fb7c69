"""The `ros2 launch` that the set-up adds where package ros2launch is absent."""

import os
import signal
import subprocess

import pytest

pytest.importorskip('fer_ros_launch_verb', reason='ros2launch is there, or there is no ROS 2')
pytestmark = pytest.mark.ros

LAUNCH_FILE = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, LogInfo, OpaqueFunction
from launch.substitutions import LaunchConfiguration as Argument

def act(context):
    if Argument('action').perform(context) == 'fail':
        raise RuntimeError('on purpose')
    if Argument('action').perform(context) == 'wait':
        return [ExecuteProcess(cmd=['sh', '-c', 'echo started; exec sleep 60'], output='screen')]

def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument('action', default_value='end', description='what to do'),
        LogInfo(msg=['action is ', Argument('action')]),
        OpaqueFunction(function=act),
    ])
"""


@pytest.fixture
def launch_file(tmp_path):
    file = tmp_path / 'some.launch.py'
    file.write_text(LAUNCH_FILE)
    return file


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*words):
        process = subprocess.Popen(
            ['ros2', 'launch', *map(str, words)],
            env={**os.environ, 'ROS_LOG_DIR': str(tmp_path / 'log')},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()


def finish(process):
    output, _ = process.communicate(timeout=30)
    return process.returncode, output


def test_arguments_are_passed_and_the_end_is_code_0(start, launch_file):
    code, output = finish(start(launch_file, 'action:=first', 'action:=last'))
    assert code == 0
    assert 'action is last' in output


def test_show_args_lists_name_description_and_default(start, launch_file):
    code, output = finish(start('--show-args', launch_file))
    assert code == 0
    assert "'action':" in output
    assert 'what to do' in output
    assert "(default: 'end')" in output


def test_a_failing_launch_is_code_1(start, launch_file):
    code, output = finish(start(launch_file, 'action:=fail'))
    assert code == 1
    assert 'on purpose' in output


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['no_such_package', 'x.launch.py'], "package 'no_such_package' not found"),
        (['rclpy', 'x.launch.py'], "no 'x.launch.py' in"),
        (['no_such_file'], "'no_such_file' is no file"),
    ],
)
def test_what_cannot_be_found_is_one_line(start, words, said):
    code, output = finish(start(*words))
    assert code == 1
    assert said in output
    assert 'Traceback' not in output


def test_a_malformed_argument_is_refused(start, launch_file):
    code, output = finish(start(launch_file, 'action=wait'))
    assert code == 1
    assert "malformed launch argument 'action=wait'" in output


def test_ctrl_c_ends_every_process_without_a_traceback(start, launch_file):
    process = start(launch_file, 'action:=wait')
    for line in process.stdout:
        if 'started' in line and 'process started' not in line:
            break
    # what a terminal does: the signal goes to the whole foreground group
    os.killpg(process.pid, signal.SIGINT)
    code, output = finish(process)
    assert code == 0
    assert 'Traceback' not in output
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
