"""The lists of requirements, setup.py and package.xml say one thing."""

import ast
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / 'tools' / 'requirements'
# name to import -> name to install, where they differ
INSTALLED_AS = {
    'cv2': 'opencv-python-headless',
    'yaml': 'pyyaml',
    'sklearn': 'scikit-learn',
    'backports': 'backports.zstd',
    'compression': 'backports.zstd',  # of Python 3.14 on it is part of Python
}


def listed(name):
    lines = (line.split('#')[0].strip() for line in (LISTS / name).read_text().splitlines())
    return {line.lower() for line in lines if line}


def keyword(name):
    """The value of a keyword of setup() in setup.py, which is read, not run."""
    tree = ast.parse((ROOT / 'setup.py').read_text())
    (call,) = [
        n.value for n in tree.body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)
    ]
    (value,) = [k.value for k in call.keywords if k.arg == name]
    return ast.literal_eval(value)


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            yield name.split('.')[0]


def test_setup_py_declares_what_the_set_up_installs():
    assert {name.lower() for name in keyword('install_requires')} - {'setuptools'} == listed(
        'runtime.txt'
    )
    extras = keyword('extras_require')
    assert set(extras['train']) == listed('train.txt')
    assert set(extras['timm']) == listed('timm.txt')
    assert set(extras['evaluate']) == listed('evaluate.txt')
    assert set(extras['cluster']) == listed('cluster.txt')
    assert set(extras['parquet']) == listed('parquet.txt')
    assert set(extras['test']) <= listed('test.txt')


@pytest.mark.parametrize(
    'name',
    [
        *('runtime.txt', 'test.txt', 'train.txt', 'evaluate.txt', 'cluster.txt', 'parquet.txt'),
        *('timm.txt', 'ros.txt', 'no_deps.txt'),
    ],
)
def test_every_requirement_has_a_tried_version(name):
    constraints = [line.split('==') for line in listed('constraints.txt')]
    pinned = {re.sub(r'[-_.]+', '-', package) for package, _ in constraints}
    wanted = {re.sub(r'[-_.]+', '-', re.split('[<=>;]', line)[0]) for line in listed(name)}
    assert wanted <= pinned


def test_the_package_imports_nothing_that_it_does_not_declare():
    lists = ('runtime.txt', 'train.txt', 'evaluate.txt', 'cluster.txt', 'parquet.txt')
    wanted = set().union(*(listed(name) for name in (*lists, 'timm.txt', 'no_deps.txt')))
    declared = {re.split('[<=>;]', line)[0] for line in wanted}
    declared |= {name.replace('-', '_') for name in declared}
    ros = {'ament_index_python', 'launch', 'launch_ros', 'rclpy', 'message_filters', 'cv_bridge'}
    undeclared = {
        (name, str(file.relative_to(ROOT)))
        for file in (ROOT / 'fer_ros').rglob('*.py')
        for name in imports_of(file)
        if name not in sys.stdlib_module_names | ros | {'fer_ros', 'builtin_interfaces'}
        and not name.endswith(('_msgs', '_interfaces'))
        and INSTALLED_AS.get(name, name) not in declared
    }
    assert not undeclared


def test_every_ros_package_that_is_imported_is_in_package_xml():
    tree = ElementTree.parse(ROOT / 'package.xml')
    declared = {e.text for e in tree.iter() if e.tag in ('depend', 'exec_depend')}
    files = [*(ROOT / 'fer_ros').rglob('*.py'), *(ROOT / 'launch').glob('*.py')]
    used = {
        name
        for file in files
        for name in imports_of(file)
        if name.endswith(('_msgs', '_interfaces'))
        or name in ('launch', 'launch_ros', 'rclpy', 'message_filters', 'ament_index_python')
    }
    assert used <= declared


def test_one_version():
    tree = ElementTree.parse(ROOT / 'package.xml')
    assert tree.findtext('version') == keyword('version')
