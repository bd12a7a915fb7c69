"""Faces come and go in the worker's thread while the executor's thread waits for messages."""

from __future__ import annotations

import sys

from ros_graph import ROOT


def test_a_publisher_that_is_dropped_in_another_thread_does_not_end_the_node(graph):
    process = graph.start([sys.executable, str(ROOT / 'test' / 'ros_churn.py')])
    assert process.wait() == 0, process.output
    assert 'Traceback' not in process.output
