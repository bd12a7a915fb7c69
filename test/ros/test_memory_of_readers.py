"""That a reader does not keep the memory of a large message, whatever DDS does by itself."""

from __future__ import annotations

import array
import re
import sys
from pathlib import Path

import pytest
from ros_graph import Graph, Image, rclpy, wait_until

from fer_ros import dds
from fer_ros.resources import share_file

LARGE = 40_000_000
"""Bytes; several times what the process takes for anything else meanwhile."""
PROCESS = """
import sys
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from fer_ros import compute, dds
assert dds.keep_nothing_that_was_read() == (sys.argv[1] == 'True')
compute.keep_no_large_buffers()
rclpy.init()
node = Node('reader')
tell = lambda message: print(len(message.data), 'bytes', flush=True)
node.create_subscription(Image, 'picture', tell, 1)
rclpy.spin(node)
"""


def resident(pid):
    status = Path(f'/proc/{pid}/status').read_text()
    return 1024 * int(re.search(r'VmRSS:\s+(\d+)', status)[1])


def kept_of_a_large_picture(env, is_chosen):
    """Bytes by which a reader of pictures has grown after it has read one that is large."""
    graph = Graph()
    try:
        reader = graph.start([sys.executable, '-c', PROCESS, str(is_chosen)], env)
        publisher = graph.node.create_publisher(Image, 'picture', 1)
        wait_until(
            lambda: publisher.get_subscription_count() or not reader.running,
            f'the reader:\n{reader.output}',
        )

        def read(size):
            publisher.publish(Image(data=array.array('B', bytes(size))))
            reader.wait_for(f'{size} bytes')

        read(1000)
        before = resident(reader.pid)
        read(LARGE)
        read(1001)
        return resident(reader.pid) - before
    finally:
        graph.close()


@pytest.fixture
def only_ours(monkeypatch):
    """None of the variables that choose how DDS works."""
    if rclpy.get_rmw_implementation_identifier() != 'rmw_fastrtps_cpp':
        pytest.skip('needs rmw_fastrtps_cpp')
    for name in (*dds.VARIABLES, dds.USE_PROFILE, dds.PUBLICATION_MODE):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='needs /proc')
def test_a_large_message_that_was_read_is_freed(only_ours):
    assert kept_of_a_large_picture({}, True) < LARGE / 2


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='needs /proc')
def test_it_would_be_kept_otherwise(only_ours):
    assert kept_of_a_large_picture({dds.USE_PROFILE: '0'}, False) > LARGE / 2


def test_the_profile_is_named_for_every_version():
    environ = {}
    assert dds.keep_nothing_that_was_read(environ)
    profile = str(share_file(dds.READING_PROFILE))
    assert environ == {**dict.fromkeys(dds.VARIABLES, profile), dds.USE_PROFILE: '1'}


@pytest.mark.parametrize('name', [*dds.VARIABLES, dds.USE_PROFILE, dds.PUBLICATION_MODE])
def test_what_the_user_has_chosen_stays(name):
    environ = {name: 'chosen'}
    assert not dds.keep_nothing_that_was_read(environ)
    assert environ == {name: 'chosen'}
