"""That what a node frees goes back to the system while it works, not only what lies at the end."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from ros_graph import Graph, wait_until

MB = 10**6
NODE = """
from rclpy.node import Node
from fer_ros.ros import process

class Holder(Node):
    def __init__(self):
        super().__init__('holder')
        self.timer = self.create_timer(0.0, self.hold)

    def hold(self):
        self.destroy_timer(self.timer)
        pieces = [bytearray(b'x') * 2**20 for _ in range(64)]
        self.kept = pieces[::2]
        print('held', flush=True)
        del pieces

raise SystemExit(process.run('holder', Holder, process.until_interrupted))
"""


def resident(pid):
    """Bytes."""
    status = Path(f'/proc/{pid}/status').read_text()
    return {name: 1024 * int(kb) for name, kb in re.findall(r'(VmRSS|VmHWM):\s+(\d+)', status)}


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='needs /proc')
def test_what_a_node_frees_between_things_that_stay_is_given_back():
    graph = Graph()
    try:
        process = graph.start([sys.executable, '-c', NODE])
        process.wait_for('held')

        def given_back():
            seen = resident(process.pid)
            return seen['VmHWM'] - seen['VmRSS'] > 20 * MB

        wait_until(given_back, 'half of 64 MB to be given back')
    finally:
        graph.close()
