"""What the log of perception tells without being asked."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: source setup.bash')

from fer_ros.clock_watch import StreamClock
from fer_ros.live import Load
from fer_ros.ros.reporter import PATIENCE, Reporter
from fer_ros.ros.subscriptions import Source
from fer_ros.watchdog import WorkerStatus

WELL = WorkerStatus({}, Load(0.25, 0, '', '', 0.0), stuck=False, hangs=0, hung_in='')
CLOCKS = {'image': StreamClock(), 'audio': StreamClock()}
SOURCES = {'image': Source('/head/image', 0), 'audio': Source('/mic/audio', 1)}


def test_an_input_of_which_nothing_ever_came_is_told_once(graph, capfd):
    reporter = Reporter(graph.node)
    for _ in range(PATIENCE - 1):
        reporter.publish(CLOCKS, SOURCES, WELL)
    assert 'nothing arrives' not in capfd.readouterr().err
    for _ in range(PATIENCE):
        reporter.publish(CLOCKS, SOURCES, WELL)
    said = capfd.readouterr().err
    assert said.count('image: nothing arrives: nobody publishes /head/image') == 1
    assert said.count('audio: nothing arrives of /mic/audio, publishers: 1') == 1


def test_an_input_that_came_or_failed_is_not_told_as_missing(graph, capfd):
    reporter = Reporter(graph.node)
    reporter.recent.count('image')
    reporter.error('audio', ValueError('half a sample'))
    for _ in range(PATIENCE):
        reporter.publish(CLOCKS, SOURCES, WELL)
    said = capfd.readouterr().err
    assert 'half a sample' in said
    assert 'nothing arrives' not in said


def test_sound_of_another_clock_is_told_once(graph, capfd):
    reporter = Reporter(graph.node)
    for _ in range(2):
        reporter.recent.count('audio')
        reporter.recent.add('offset', -4.9)
        reporter.recent.add('coverage', 0.0)
        reporter.publish(CLOCKS, SOURCES, WELL)
    assert capfd.readouterr().err.count('4.9 s before those of the pictures') == 1
