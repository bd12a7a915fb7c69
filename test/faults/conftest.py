"""The nodes that the faults are done to, and the table of what came out."""

import pytest

ROOT_TABLE = 'build/faults/reliability.md'


@pytest.fixture(scope='session')
def table(pytestconfig):
    """The rows of this run, written and printed in the end."""
    from fault_table import Table

    pytestconfig.fault_table = Table()
    return pytestconfig.fault_table


@pytest.fixture(scope='session')
def material():
    from fault_senses import sample_material

    return sample_material()


@pytest.fixture(scope='session')
def robot(material):
    """One perception node with its default models, which all faults of its inputs are done to."""
    from fault_robot import Robot

    robot = Robot(material)
    robot.alive()
    yield robot
    robot.close()


def pytest_terminal_summary(terminalreporter, config):
    table = getattr(config, 'fault_table', None)
    if table:
        path = config.rootpath / ROOT_TABLE
        table.write(path)
        terminalreporter.write_line('')
        terminalreporter.write_line(table.markdown())
        terminalreporter.write_line(f'written: {ROOT_TABLE}')
