import sys

import pytest
import yaml


@pytest.fixture
def graph():
    """A ROS domain for one test."""
    from ros_graph import Graph

    graph = Graph()
    yield graph
    graph.close()


@pytest.fixture
def launch(graph):
    """Starts fer.launch.py with arguments, in the domain of the test."""
    from ament_index_python.packages import PackageNotFoundError, get_package_prefix
    from ros_graph import ROOT

    try:
        get_package_prefix('fer_ros')
    except PackageNotFoundError:
        pytest.skip('needs the built package: source setup.bash')

    def start(**arguments):
        texts = [f'{name}:={value}' for name, value in arguments.items()]
        runner = ROOT / 'test' / 'launch' / 'run_launch.py'
        file = ROOT / 'launch' / 'fer.launch.py'
        return graph.start([sys.executable, str(runner), str(file), *texts])

    return start


@pytest.fixture
def params_file(tmp_path):
    """Writes a file of parameters that make perception use fakes, changed as a test wants."""
    import ros_fakes

    def write(**changes):
        parameters = {**ros_fakes.perception_parameters(tmp_path / 'models'), **changes}
        path = tmp_path / 'params.yaml'
        path.write_text(yaml.safe_dump({'/**/perception': {'ros__parameters': parameters}}))
        return path

    return write
