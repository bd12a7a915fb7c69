import os
from pathlib import Path

import pytest
from ros_graph import Graph, wait_until

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else []


def bound_to(pid):
    """The cores of each thread of a process, a set for each."""
    return [os.sched_getaffinity(int(task.name)) for task in Path(f'/proc/{pid}/task').iterdir()]


@pytest.mark.skipif(len(CORES) < 2, reason='binding to cores needs Linux and two of them')
def test_the_worker_is_bound_to_its_cores_and_the_executor_keeps_off_them(graph: Graph):
    core, others = CORES[-1], set(CORES[:-1])
    perception = graph.start_node('perception', {'cores': f"'{core}'"})
    graph.bring_up('perception')
    wait_until(lambda: {core} in bound_to(perception.pid), 'the worker on its core')
    assert others in bound_to(perception.pid)  # the executor
    assert set(CORES) in bound_to(perception.pid)  # the middleware


def test_cores_that_are_not_there_fail_the_configuration(graph: Graph):
    perception = graph.start_node('perception', {'cores': "'9999'"})
    assert not graph.transition('perception', 'configure')
    perception.wait_for("cores '9999': no 9999 here")
