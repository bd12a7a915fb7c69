import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: source setup.bash')

import rclpy

from fer_ros.resources import share_file
from fer_ros.ros import dds

SHARED_MEMORY = Path('/dev/shm')
PROCESS = """
import rclpy
from rclpy.node import Node
from fer_ros.ros import dds
assert dds.make_room_for_pictures()
rclpy.init()
node = Node('sender')
print('ready', flush=True)
input()
"""


def test_the_profile_is_named_for_every_version():
    environ = {}
    assert dds.make_room_for_pictures(environ, Path('/'))
    assert environ == dict.fromkeys(dds.VARIABLES, str(share_file(dds.PROFILE)))


def test_the_profile_has_the_room_that_is_looked_for():
    tree = ElementTree.parse(share_file(dds.PROFILE))
    (size,) = (node for node in tree.iter() if node.tag.endswith('segment_size'))
    assert int(size.text) == dds.SEGMENT_BYTES


@pytest.mark.parametrize('name', [*dds.VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS'])
def test_what_the_user_has_chosen_stays(name):
    environ = {name: 'chosen'}
    assert not dds.make_room_for_pictures(environ, Path('/'))
    assert environ == {name: 'chosen'}


def test_nothing_is_set_where_there_is_no_room(tmp_path, monkeypatch):
    assert not dds.make_room_for_pictures({}, tmp_path / 'none')
    monkeypatch.setattr(dds, '_free_bytes', lambda _: dds.ENOUGH_BYTES - 1)
    assert not dds.make_room_for_pictures({}, tmp_path)


@pytest.mark.skipif(
    dds._free_bytes(SHARED_MEMORY) < 4 * dds.SEGMENT_BYTES, reason='too little shared memory'
)
def test_a_process_that_sends_pictures_has_the_room(monkeypatch):
    if rclpy.get_rmw_implementation_identifier() != 'rmw_fastrtps_cpp':
        pytest.skip('needs rmw_fastrtps_cpp')
    for name in (*dds.VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS'):
        monkeypatch.delenv(name, raising=False)
    before = set(SHARED_MEMORY.glob('fast*'))
    process = subprocess.Popen(
        [sys.executable, '-c', PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout.readline() == 'ready\n'  # Fast DDS prints there what it does not like
    sizes = [path.stat().st_size for path in set(SHARED_MEMORY.glob('fast*')) - before]
    process.communicate('\n', timeout=30)
    assert max(sizes) >= dds.SEGMENT_BYTES
