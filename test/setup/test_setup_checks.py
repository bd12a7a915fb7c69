"""What a machine lacks is said in one line that names what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from bootstrap import checks
from bootstrap.steps import SetupError

ROOT = Path(__file__).resolve().parents[2]


def folder_with(folder: Path, *programs: str) -> Path:
    """A folder that can serve as the whole PATH, with links to these programs of the machine."""
    folder.mkdir()
    for program in programs:
        found = shutil.which(program)
        assert found, program
        (folder / program).symlink_to(found)
    return folder


def test_without_a_python_the_script_says_which_to_install(tmp_path):
    path = folder_with(tmp_path / 'bin', 'bash', 'dirname')
    result = subprocess.run(
        [str(ROOT / 'tools/setup.sh')],
        env={'PATH': str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert 'install python3.11' in line


@pytest.mark.parametrize('version', [(3, 10), (3, 14)])
def test_a_python_without_wheels_is_refused(version):
    with pytest.raises(SetupError, match=r'needs Python 3\.11 to 3\.13.*install python3\.11'):
        checks.check_python(version, system_ros=None)


def test_a_sourced_ros_brings_its_own_python(tmp_path):
    checks.check_python((3, 10), system_ros=tmp_path)


def test_another_architecture_is_told_to_use_the_packages_of_ros():
    with pytest.raises(SetupError, match='aarch64; install ROS 2 Jazzy from its own packages'):
        checks.check_architecture('Linux', 'aarch64')
    checks.check_architecture('Linux', 'x86_64')


def test_a_missing_compiler_is_named(tmp_path):
    empty = folder_with(tmp_path / 'empty')
    with pytest.raises(SetupError, match=r'no C\+\+ compiler.*install g\+\+'):
        checks.check_compiler({'PATH': str(empty)})


def test_the_compiler_may_be_named_by_the_environment(tmp_path):
    path = folder_with(tmp_path / 'bin', 'bash')
    (path / 'my-cxx').symlink_to(path / 'bash')
    checks.check_compiler({'PATH': str(path), 'CXX': 'my-cxx -m64'})


def test_a_sourced_ros_is_found_and_our_own_is_not_taken_for_one(tmp_path):
    root, system = tmp_path / 'checkout', tmp_path / 'opt'
    for prefix in (root / '.venv', system):
        (prefix / 'share/rclpy').mkdir(parents=True)
        (prefix / 'share/rclpy/package.xml').touch()
    (root / '.venv/pyvenv.cfg').touch()
    ours = {'ROS_DISTRO': 'jazzy', 'AMENT_PREFIX_PATH': str(root / '.venv')}
    both = {**ours, 'AMENT_PREFIX_PATH': os.pathsep.join([str(root / '.venv'), str(system)])}
    assert checks.system_ros_prefix({}) is None
    assert checks.system_ros_prefix(ours) is None
    assert checks.system_ros_prefix(both) == system
