"""Files that come with the package: models, configuration, the sample.

They lie beside the package in a checkout and in share/fer_ros of an install prefix otherwise.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath


def share_folders() -> list[Path]:
    """Where the package's files can lie, first match wins: the checkout, then installs."""
    checkout = Path(__file__).resolve().parent.parent
    prefixes = [p for p in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    shares = [Path(prefix) / 'share' / 'fer_ros' for prefix in (*prefixes, sys.prefix)]
    is_checkout = (checkout / 'package.xml').is_file()
    return [checkout, *shares] if is_checkout else shares


def cache_folder() -> Path:
    """Where the user's own copies of what was fetched lie (XDG base directories)."""
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'fer_ros'


def is_below(name: str) -> bool:
    """Whether a path, joined to a folder, is below that folder: relative and never upwards."""
    path = PurePosixPath(name)
    return '\0' not in name and not path.is_absolute() and '..' not in path.parts


def share_file(relative: str) -> Path:
    """The path of one of the package's files.  Raises FileNotFoundError naming the places."""
    places = [folder / relative for folder in share_folders()]
    for path in places:
        if path.is_file():
            return path
    raise FileNotFoundError(f'{relative} is not in {", ".join(str(p.parent) for p in places)}')
