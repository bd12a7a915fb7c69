"""Reads and writes ROS parameter files from the declared settings, without ROS."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from fer_ros import yaml_files
from fer_ros.config import ConfigError, Leaf, Setting, leaves, nest, parse

_Config = TypeVar('_Config')
_WIDTH = 99
_INDENT = '  '
_ROS_OWN = ('use_sim_time', 'qos_overrides', 'start_type_description_service')
"""Parameters that every node has."""


def dump_file(config: Any, node: str, title: str) -> str:
    """A parameter file for a node in any namespace, each setting with what is known of it."""
    lines = [f'# {title}', f'/**/{node}:', f'{_INDENT}ros__parameters:']
    groups: list[str] = []
    for leaf in leaves(config):
        *parents, name = leaf.name.split('.')
        shared = _shared(groups, parents)
        for depth in range(shared, len(parents)):
            lines.append(f'{_INDENT * (2 + depth)}{parents[depth]}:')
        groups = parents
        indent = _INDENT * (2 + len(parents))
        lines += [f'{indent}# {line}' for line in _comment(leaf, _WIDTH - len(indent) - 2)]
        lines.append(f'{indent}{name}: {_value(leaf.value)}')
    return '\n'.join(lines) + '\n'


def read_file(cls: type[_Config], path: Path, node: str) -> _Config:
    """The configuration of a node in a parameter file, or in plain YAML of the same settings.

    Raises ConfigError naming the file, the setting and what was allowed.
    """
    try:
        data = yaml_files.read(path)
    except yaml_files.YamlFileError as error:
        raise ConfigError(f'{path}: {error}') from error
    try:
        return parse(cls, nest(dict(_flat(_parameters(data, node)))))
    except ConfigError as error:
        raise ConfigError(f'{path}: {error}') from None


def allowed(setting: Setting) -> str:
    """The range or the choices of a setting, '' where everything of its type is allowed."""
    if setting.choices:
        return f'one of {", ".join(setting.choices)}'
    if setting.ge is not None and setting.le is not None:
        return f'{setting.ge:g} to {setting.le:g}'
    if setting.ge is not None:
        return f'at least {setting.ge:g}'
    return f'at most {setting.le:g}' if setting.le is not None else ''


def _comment(leaf: Leaf, width: int) -> list[str]:
    when = 'live' if leaf.setting.live else 'fixed'
    notes = '; '.join(note for note in (allowed(leaf.setting), when) if note)
    return textwrap.wrap(f'{leaf.setting.description} ({notes})', width, break_long_words=False)


def _value(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump([plain], default_flow_style=True, width=10_000)
    return text.strip()[1:-1]


def _shared(groups: list[str], parents: list[str]) -> int:
    """How many leading groups two settings have in common."""
    count = 0
    for old, new in zip(groups, parents, strict=False):
        if old != new:
            break
        count += 1
    return count


def _parameters(data: Any, node: str) -> Mapping[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise ConfigError('expected a mapping')
    nodes: dict[str, object] = {}
    for name, content in data.items():
        if isinstance(content, Mapping) and 'ros__parameters' in content:
            # the first: that of one robot in its namespace comes after that of all
            nodes.setdefault(str(name).rpartition('/')[2], content['ros__parameters'] or {})
    if not nodes:
        return data
    for name in (node, '**'):
        if name in nodes:
            parameters = nodes[name]
            if not isinstance(parameters, Mapping):
                raise ConfigError(f'{name}: ros__parameters must be a mapping')
            return parameters
    raise ConfigError(f'no parameters of {node}; there are those of {", ".join(nodes)}')


def _flat(data: Mapping[str, Any], path: str = '') -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        name = f'{path}.{key}' if path else str(key)
        if name in _ROS_OWN:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value
