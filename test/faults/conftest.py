"""The nodes that the faults are done to, and the table of what came out."""

import pytest

ROOT_TABLE = 'build/faults/reliability.md'
OPTION = '--every-fault'
DOCS_OPTION = '--docs'
SHARE = 3
"""Of so many faults in a row one is done where not every one is asked for."""


def pytest_addoption(parser):
    parser.addoption(OPTION, action='store_true', help='all faults, which takes some minutes')
    parser.addoption(
        DOCS_OPTION, action='store_true', help='put the table into docs/reliability.md, too'
    )


def pytest_collection_modifyitems(config, items):
    # the option is known only where pytest was given this folder
    if config.getoption(OPTION, default=False):
        return
    count = {}
    for item in list(items):
        if 'fault' in getattr(item, 'fixturenames', ()):
            number = count[item.path] = count.get(item.path, -1) + 1
            if number % SHARE:
                items.remove(item)
                config.hook.pytest_deselected(items=[item])


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
    from fault_robot import Robot, at_work

    with at_work(Robot(material)) as robot:
        yield robot


def pytest_terminal_summary(terminalreporter, config):
    table = getattr(config, 'fault_table', None)
    if table:
        path = config.rootpath / ROOT_TABLE
        table.write(path)
        terminalreporter.write_line('')
        terminalreporter.write_line(table.markdown())
        terminalreporter.write_line(f'written: {ROOT_TABLE}')
        if config.getoption(DOCS_OPTION, default=False):
            from fault_docs import DOCS, put_into

            put_into(DOCS / 'reliability.md', 'faults', table.markdown())
