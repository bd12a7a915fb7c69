"""A word from a test to its plugins in other processes, by a file that their environment names."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = 'FER_ROS_TEST_SWITCH'


class Switch:
    """The end of the test; call it with what the plugins do from now on, '' for their work."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / 'switch'
        self.env = {VARIABLE: str(self._file)}
        """What the process of the plugins needs in its environment."""
        self('')

    def __call__(self, what: str) -> None:
        new = self._file.with_suffix('.new')
        new.write_text(what)
        new.replace(self._file)  # at once, so that no half of it is read


def said() -> str:
    """The end of the plugins: what the test says now."""
    return Path(os.environ[VARIABLE]).read_text()
