"""Configuring, activating, deactivating and cleaning up again and again leaves nothing behind.

A few times here; 200 times with FER_ROS_CYCLES=200, as `make soak` does.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ros_graph import Expression, Graph, qos, wait_until

CYCLES = int(os.environ.get('FER_ROS_CYCLES', '8'))
WARM_UP = 6
"""Cycles in which libraries and memory allocators get ready."""
GROWTH = 1.02 if CYCLES >= 100 else 1.1
"""Of memory: a few cycles tell a model that stays from one that does not, many tell everything."""


class Usage:
    """What a process holds of the system."""

    def __init__(self, pid):
        proc = Path('/proc') / str(pid)
        self.files = len(list((proc / 'fd').iterdir()))
        self.threads = len(list((proc / 'task').iterdir()))
        pages = int((proc / 'statm').read_text().split()[1])
        self.megabytes = pages * os.sysconf('SC_PAGE_SIZE') / 1e6

    def __str__(self):
        return f'{self.megabytes:.1f} MB, {self.threads} threads, {self.files} files'


def somebody(emotion, since):
    return [message for message in list(emotion)[since:] if message.expression]


@pytest.mark.timeout(120 + 20 * CYCLES)
def test_cycles_of_the_lifecycle_leave_nothing_behind(graph: Graph):
    emotion = graph.listen(Expression, 'emotion', qos.EMOTION)
    perception = graph.start_node('perception')
    graph.start_node('media', {'source': 'sample', 'loop': True})
    usages = []
    for _ in range(WARM_UP + CYCLES):
        graph.bring_up('perception')
        heard = len(emotion)
        wait_until(lambda heard=heard: somebody(emotion, heard), 'somebody')
        for verb in ('deactivate', 'cleanup'):
            assert graph.transition('perception', verb)
        usages.append(Usage(perception.pid))
        print(usages[-1], flush=True)
    first, last = usages[max(WARM_UP - 1, len(usages) // 4)], usages[-1]
    told = f'{first} became {last}'
    assert last.threads <= first.threads, told
    assert last.files <= first.files, told
    assert last.megabytes <= GROWTH * first.megabytes, told
