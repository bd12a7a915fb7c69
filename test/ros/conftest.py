import pytest


@pytest.fixture
def graph():
    """A ROS domain for one test."""
    from ros_graph import Graph

    graph = Graph()
    yield graph
    graph.close()
