"""Completes the ROS 2 Jazzy that pip has put into .venv from the ros-jazzy-* wheels.

Those wheels hold the compiled core (rclpy, Fast DDS, rosidl, messages). The pure-Python tools on
top of it (launch, ros2cli, message_filters) are not on PyPI under their own names; one wheel
carries them.

Licence: that wheel, isaacsim-ros2, is as a whole under NVIDIA's licence. The ROS packages in it
that are unpacked here are under their own (Apache-2.0, and BSD for message_filters). It is fetched
for development on machines that cannot install ROS 2 in the ordinary way, never for a robot; it is
not redistributed, and fer_ros does not depend on it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from bootstrap import packages
from bootstrap.steps import SetupError, Steps

WHEEL = 'isaacsim-ros2==6.2.0.0'
WHEEL_SHA256 = '34910c880e452528f5771e0f31673b08703e522f2d09cdb173216be7cd89844f'
FOLDER = 'isaacsim/exts/isaacsim.ros2.core/jazzy/rclpy/'
TOOLS = (
    *('launch', 'launch_ros', 'launch_xml', 'launch_yaml', 'launch_testing', 'launch_testing_ros'),
    *('message_filters', 'osrf_pycommon', 'rosidl_runtime_py', 'sensor_msgs_py'),
    *('ros2cli', 'ros2node', 'ros2param', 'ros2pkg', 'ros2run', 'ros2service', 'ros2topic'),
    'composition_interfaces',  # launch_ros imports its Python half
    'launch_testing_ros_pytest_entrypoint.py',
)

# where the wheels of the compiled core were built; their cmake files still say so
BUILT_INCLUDE = re.compile(r'/opt/python/cp3\d+-cp3\d+/include/python3\.\d+')
BUILT_NUMPY = re.compile(r'/opt/python/[^";]*/site-packages/numpy/_core/include')

SCRIPT = '#!{python}\nimport sys\nfrom {module} import main\nsys.exit(main())\n'


def complete(steps: Steps) -> None:
    """Add the tools and `ros2` with its launch verb, and make message packages buildable."""
    pip_stamp = steps.stamps / 'packages'
    site = Path(_ask(steps, 'sysconfig.get_path("purelib")'))
    steps.step(
        'ros_tools',
        'ROS 2 command line and launch (133 MB download)',
        [WHEEL, WHEEL_SHA256, *TOOLS],
        lambda: _unpack_tools(steps, site),
        products=[site / 'launch_ros', steps.venv / 'bin' / 'ros2'],
    )
    steps.step('cmake_paths', 'paths in cmake files', [pip_stamp], lambda: _fix_cmake(steps))
    verb = steps.root / 'tools' / 'ros2_launch_verb'
    sources = [verb / 'setup.py', verb / 'fer_ros_launch_verb.py']
    words = ('install', '--no-deps', '--no-build-isolation', '--force-reinstall', verb)
    steps.step(
        'launch_verb', '`ros2 launch`', sources, lambda: packages.run(steps, 'launch_verb', *words)
    )


def _unpack_tools(steps: Steps, site: Path) -> None:
    download = steps.work / 'download'
    shutil.rmtree(download, ignore_errors=True)
    # the wheel is tagged for 3.12; its tools are plain Python and run on 3.11 too
    packages.run(
        steps,
        'ros_tools',
        *('download', '--no-deps', '--only-binary=:all:', '--python-version', '3.12'),
        *('--platform', 'manylinux_2_35_x86_64', '--dest', download, WHEEL),
    )
    (wheel,) = download.glob('*.whl')
    with wheel.open('rb') as file:
        found = hashlib.file_digest(file, 'sha256').hexdigest()
    if found != WHEEL_SHA256:
        raise SetupError(f'{wheel.name} has sha256 {found}, not {WHEEL_SHA256}; not used')
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            inside = entry.filename.removeprefix(FOLDER)
            if inside != entry.filename and not entry.is_dir() and _is_wanted(inside):
                target = site / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))
    shutil.rmtree(download)
    script = steps.venv / 'bin' / 'ros2'
    script.write_text(SCRIPT.format(python=steps.python, module='ros2cli.cli'))
    script.chmod(0o755)


def _is_wanted(inside: str) -> bool:
    top = inside.split('/', 1)[0]
    return top in TOOLS or (top.endswith('.egg-info') and top.split('-', 1)[0] in TOOLS)


def _fix_cmake(steps: Steps) -> None:
    include = _ask(steps, 'sysconfig.get_path("include")')
    numpy_include = _ask(steps, '__import__("numpy").get_include()')
    for file in (steps.venv / 'share').glob('*/cmake/*.cmake'):
        text = file.read_text()
        fixed = BUILT_NUMPY.sub(numpy_include, BUILT_INCLUDE.sub(include, text))
        if fixed != text:
            file.write_text(fixed)


def _ask(steps: Steps, expression: str) -> str:
    code = f'import sysconfig; print({expression})'
    command = [str(steps.python), '-c', code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
