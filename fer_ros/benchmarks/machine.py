"""The machine that a benchmark ran on: without it no number means anything."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_LIBRARIES = ('numpy', 'opencv-python-headless', 'onnxruntime', 'torch')
_BUSY_SHARE = 0.25
"""Load a core from which other work disturbs what is measured."""


@dataclass(frozen=True)
class Machine:
    """What a reader must know of the machine."""

    cpu: str
    cores: int
    """Those that this process may use."""
    load: float
    """Programs that ran on average in the last minute before the benchmark."""
    python: str
    libraries: dict[str, str]

    @property
    def busy(self) -> bool:
        """Whether other work disturbs what is measured."""
        return self.load > _BUSY_SHARE * self.cores

    @property
    def summary(self) -> str:
        """One line."""
        versions = ', '.join(f'{name} {version}' for name, version in self.libraries.items())
        return (
            f'{self.cpu}, {self.cores} cores, load {self.load:.1f} at the start; '
            f'Python {self.python}, {versions}'
        )

    @property
    def warning(self) -> str:
        """What to say of a busy machine; '' for a calm one."""
        if not self.busy:
            return ''
        return (
            f'warning: other programs were running (load {self.load:.1f} on {self.cores} cores): '
            'times are longer and spread wider than on a calm machine'
        )


def machine() -> Machine:
    """This one, now."""
    return Machine(
        _cpu(),
        len(os.sched_getaffinity(0)),
        os.getloadavg()[0],
        platform.python_version(),
        {name: version for name in _LIBRARIES if (version := _version(name))},
    )


def _cpu(path: Path = Path('/proc/cpuinfo')) -> str:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # from the system's packages under another name
        return ''
