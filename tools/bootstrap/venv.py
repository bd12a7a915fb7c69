"""The virtual environment .venv of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.steps import SetupError, Steps


def make(steps: Steps, system_ros: Path | None) -> None:
    """Make .venv, or keep the one that is there when it is sound and lies where it was made."""
    kind = 'system' if system_ros else 'own'
    steps.step(
        'venv',
        'virtual environment .venv',
        [str(steps.root), kind, f'{sys.version_info[:2]}'],
        lambda: _make(steps, system_ros is not None),
        products=[steps.python, steps.venv / 'bin' / 'pip'],
    )


def _make(steps: Steps, with_system_packages: bool) -> None:
    if _is_sound(steps.venv, with_system_packages):
        return
    shutil.rmtree(steps.venv, ignore_errors=True)
    # whatever was installed or built with the old one is gone or points into it
    shutil.rmtree(steps.stamps, ignore_errors=True)
    for folder in ('build', 'install', '.ros/build', '.ros/messages'):
        shutil.rmtree(steps.root / folder, ignore_errors=True)
    base = getattr(sys, '_base_executable', sys.executable)
    options = ['--system-site-packages'] if with_system_packages else []
    done, output, log = steps.run([base, '-m', 'venv', *options, steps.venv], 'venv')
    if not done:
        last = output.strip().splitlines()[-1:] or ['no output']
        raise SetupError(f'cannot make .venv: {last[0]} (log: {log})')


def _is_sound(venv: Path, with_system_packages: bool) -> bool:
    try:
        settings = (venv / 'pyvenv.cfg').read_text().lower()
        # a checkout that was moved keeps the old path in every script
        at_home = str(venv) in (venv / 'bin' / 'pip').read_text()
        version = subprocess.run(
            [str(venv / 'bin' / 'python'), '-c', 'import pip, sys; print(sys.version_info[:2])'],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return False
    system = 'include-system-site-packages = true' in settings
    return at_home and system == with_system_packages and version == f'{sys.version_info[:2]}'
