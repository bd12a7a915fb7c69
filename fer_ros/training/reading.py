"""What a training reads before it begins: the folder of its data, and its configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_ros import config, yaml_files
from fer_ros.resources import share_file

_NONE: Mapping[str, Any] = {}


class ReadingError(ValueError):
    """A folder or a file that is not there, or cannot be read."""


def data_folder(given: Path | None) -> Path:
    """The folder of the data: the one given, else $FER_ROS_DATA.  Raises ReadingError."""
    named = given or os.environ.get('FER_ROS_DATA')
    if not named:
        raise ReadingError('no data: give --data DIR or set FER_ROS_DATA')
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise ReadingError(f'no folder {str(folder)!r}')
    return folder


def read_config(cls: type[Any], path: Path, changes: Mapping[str, Any] = _NONE) -> Any:
    """A task's configuration from a YAML file, with some settings changed, strictly parsed.

    Raises OSError for a file that cannot be read, ReadingError for one that is no YAML, and
    ConfigError for a wrong setting.
    """
    try:
        data = yaml_files.read(_placed(path)) or {}
    except yaml_files.YamlFileError as error:
        raise ReadingError(f'{path}: {error}') from error
    return config.parse(cls, _merged(data, changes))


def _placed(path: Path) -> Path:
    """The file, or else the one of that name that comes with the package."""
    return path if path.is_absolute() or path.exists() else share_file(path.as_posix())


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping) and _same(below, value):
            value = _merged(below, value)
        result[key] = value
    return result


def _same(below: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """Whether both speak of the same plugin: another one has other settings."""
    return bool(over.get('plugin', below.get('plugin')) == below.get('plugin'))
