"""What colcon builds: the message packages that are missing, and fer_ros itself."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bootstrap.steps import SetupError, Steps

# The command `colcon` may be the system's, bound to another Python; the shebangs of our nodes come
# from the Python that runs it.
COLCON = 'from colcon_core.command import main; import sys; sys.exit(main())'


def build_messages(steps: Steps, system_ros: Path | None) -> None:
    """Build the message packages that a sourced ROS 2 lacks into .ros/messages."""
    sources = steps.root / 'tools' / 'interfaces'
    names = sorted(path.name for path in sources.iterdir())
    if system_ros is not None:
        names = [name for name in names if not _is_installed(name, steps.root)]
        if not names:
            return
    _build_interfaces(steps, 'messages', sources, names)


def build_other_audio_messages(steps: Steps) -> None:
    """Build the other audio_common_msgs, for tests that put it ahead in a process of their own."""
    sources = steps.root / 'tools' / 'interfaces_mgonzs13'
    _build_interfaces(steps, 'audio_common_msgs_mgonzs13', sources, ['audio_common_msgs'])


def build_package(steps: Steps) -> None:
    """Build fer_ros into install/, linked to the sources: only new files need another build."""
    root = steps.root
    described = [root / name for name in ('package.xml', 'setup.py', 'setup.cfg')]
    linked = [
        str(path.relative_to(root))
        for folder in ('bin', 'config', 'launch', 'models', 'resource', 'samples')
        for path in sorted((root / folder).rglob('*'))
    ]
    steps.step(
        'fer_ros',
        'fer_ros (colcon)',
        [*described, *linked],
        lambda: _colcon(steps, 'fer_ros', root, ['fer_ros'], '--symlink-install'),
        products=[root / 'install' / 'fer_ros' / 'share' / 'fer_ros' / 'package.xml'],
    )


def _build_interfaces(steps: Steps, name: str, sources: Path, packages: list[str]) -> None:
    prefix = steps.work / name
    options = ['--merge-install', '--install-base', str(prefix)]
    options += ['--build-base', str(steps.work / 'build' / name), '--cmake-args']
    options += [f'-DPython3_EXECUTABLE={steps.python}', '-DBUILD_TESTING=OFF', '-Wno-dev']
    steps.step(
        name,
        f'messages: {", ".join(packages)} (about half a minute)',
        [sources, *options, *packages],
        lambda: _colcon(steps, name, sources, packages, *options),
        products=[prefix / 'local_setup.bash'],
    )


def _colcon(steps: Steps, name: str, sources: Path, packages: list[str], *options: str) -> None:
    underlay = steps.root / 'tools' / 'underlay.bash'
    in_ros = 'source "$0" && { [ ! -e "$1" ] || source "$1"; } && shift && exec "$@"'
    messages = steps.work / 'messages' / 'local_setup.bash'
    before = messages if name == 'fer_ros' else steps.work / 'nothing'
    logs = str(steps.work / 'log' / 'colcon')
    colcon = [str(steps.python), '-c', COLCON, '--log-base', logs, 'build']
    where = ['--base-paths', str(sources), '--packages-select', *packages]
    done, output, log = steps.run(
        ['bash', '-c', in_ros, underlay, before, *colcon, *where, *options], f'colcon_{name}'
    )
    if not done:
        # the cause: the first error of a compiler or cmake, the last line of a Python traceback
        failed = re.findall(
            r'^\w+(?:Error|Exception): .*|^.*\b(?:error|CMake Error)\b.*', output, re.M
        )
        reason = (failed or output.strip().splitlines()[-1:] or ['no output'])[0].strip()
        raise SetupError(f'colcon cannot build {", ".join(packages)}: {reason} (log: {log})')


def _is_installed(package: str, root: Path) -> bool:
    prefixes = map(Path, filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)))
    return any(
        (prefix / 'share' / package / 'package.xml').is_file()
        for prefix in prefixes
        if root not in prefix.parents
    )
