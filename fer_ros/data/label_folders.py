"""Folders whose names are labels, and who is on the files in them.

``angry/anna/1.wav`` is angry, of the person anna; in ``angry/1.wav`` nobody is named, unless a
regular expression finds somebody in the name.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from fer_ros.labels import LabelError, canonical


class LabelFolderError(ValueError):
    """A folder whose name is no emotion, or an expression that finds nobody."""


def check_label(folder: Path) -> None:
    """Raises LabelFolderError, listing the known words, where a folder's name is none of them."""
    try:
        canonical(folder.name)
    except LabelError as error:
        raise LabelFolderError(f'{folder}: {error}') from error


def subject_pattern(setting: str, pattern: str) -> re.Pattern[str] | None:
    """The expression of a setting, None for ''.  Raises LabelFolderError where it is unfit."""
    if not pattern:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise LabelFolderError(
            f'{setting} {pattern!r} is no regular expression: {error}'
        ) from error
    if not compiled.groups:
        raise LabelFolderError(
            f'{setting} {pattern!r} has no group (...) that names the {setting}'
        )
    return compiled


def subject_of(below: PurePosixPath, setting: str, pattern: re.Pattern[str] | None) -> str:
    """Who is on a file, from its path below the label; '' where nobody is named."""
    if pattern is not None:
        found = pattern.search(str(below))
        if found is None:
            raise LabelFolderError(f'{setting} {pattern.pattern!r} finds none in {str(below)!r}')
        return str(found[1])
    return below.parts[0] if len(below.parts) > 1 else ''
