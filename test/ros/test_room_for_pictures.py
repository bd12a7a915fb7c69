import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: source setup.bash')

import rclpy

from fer_ros import dds

PROCESS = """
import rclpy
from rclpy.node import Node
from fer_ros import dds
assert dds.make_room_for_pictures()
rclpy.init()
node = Node('sender')
print('ready', flush=True)
input()
"""


@pytest.mark.skipif(
    dds.free_bytes(dds.SHARED_MEMORY) < 4 * dds.SEGMENT_BYTES, reason='too little shared memory'
)
def test_a_process_that_sends_pictures_has_the_room(monkeypatch):
    if rclpy.get_rmw_implementation_identifier() != 'rmw_fastrtps_cpp':
        pytest.skip('needs rmw_fastrtps_cpp')
    for name in (*dds.VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS'):
        monkeypatch.delenv(name, raising=False)
    before = set(dds.SHARED_MEMORY.glob('fast*'))
    process = subprocess.Popen(
        [sys.executable, '-c', PROCESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout.readline() == 'ready\n'  # Fast DDS prints there what it does not like
    sizes = [path.stat().st_size for path in set(dds.SHARED_MEMORY.glob('fast*')) - before]
    process.communicate('\n', timeout=30)
    assert max(sizes) >= dds.SEGMENT_BYTES
