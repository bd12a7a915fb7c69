"""Settings, declared once.

A setting is a field of a frozen dataclass, made by ``setting()``; a place for a plugin is a field
made by ``slot()``.  Parsing, dumping, ROS parameters, the committed YAML files and the docs are
all read off those declarations.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

_Config = TypeVar('_Config')
_META = 'fer_ros'


class ConfigError(ValueError):
    """A setting that is unknown, of the wrong type, or out of its range."""


@dataclass(frozen=True)
class Setting:
    """What is known of one setting besides its name, type and default."""

    help: str
    unit: str = ''
    ge: float | None = None
    le: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False
    """Whether a running node can change it."""

    @property
    def description(self) -> str:
        """The help text with its unit."""
        return f'{self.help} [{self.unit}]' if self.unit else self.help


@dataclass(frozen=True)
class Slot:
    """A place that a plugin of one kind fills."""

    kind: str
    default: str
    """Name of the plugin where none is named."""
    help: str
    live: bool = False


@dataclass(frozen=True)
class Chosen:
    """The plugin that fills a slot: its name and the settings its class declares."""

    plugin: str
    config: Any


@dataclass(frozen=True)
class Leaf:
    """One scalar or list setting of a nested configuration."""

    name: str
    """Dotted path from the root."""
    value: Any
    kind: type
    """bool, int, float or str, or tuple for a list of ``item`` s."""
    item: type | None
    setting: Setting


def setting(
    default: Any,
    help: str,
    *,
    unit: str = '',
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """A dataclass field that is a setting.  ``ge`` and ``le`` bound it, both ends included."""
    metadata = {_META: Setting(help, unit, ge, le, choices, live)}
    return dataclasses.field(default=default, metadata=metadata)


def slot(kind: str, default: str, help: str, *, live: bool = False) -> Any:
    """A dataclass field (of type Chosen) that a plugin fills; ``default`` is its name."""

    def choose() -> Chosen:
        return parse_chosen(kind, {'plugin': default})

    return dataclasses.field(
        default_factory=choose, metadata={_META: Slot(kind, default, help, live)}
    )


def group(cls: type[_Config]) -> _Config:
    """A dataclass field that holds a nested configuration with its defaults.

    Made when needed, because a default may load a plugin, which importing a module must not.
    """
    result: _Config = dataclasses.field(default_factory=cls)
    return result


def parse(cls: type[_Config], data: Mapping[str, Any], path: str = '') -> _Config:
    """A configuration of class ``cls`` from nested mappings; what is absent keeps its default.

    Raises ConfigError naming the setting, the value and what was allowed.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f'{path or cls.__name__}: expected a mapping, got {data!r}')
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(typing.cast(Any, cls))}
    _refuse_unknown(data, fields, path)
    values = {
        name: _parse_field(fields[name], hints[name], value, _join(path, name))
        for name, value in data.items()
    }
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f'{path}: {error}' if path else str(error)) from None


def parse_chosen(kind: str, data: Mapping[str, Any], path: str = '') -> Chosen:
    """The plugin and its settings from ``{'plugin': name, **settings}``."""
    from fer_ros import plugins  # plugins' classes import this module

    if not isinstance(data, Mapping) or not isinstance(data.get('plugin'), str):
        raise ConfigError(f'{path or kind}: expected a mapping with the key plugin, got {data!r}')
    rest = {key: value for key, value in data.items() if key != 'plugin'}
    cls = plugins.load(kind, data['plugin'])
    return Chosen(data['plugin'], parse(cls.Config, rest, path))


def dump(config: Any) -> dict[str, Any]:
    """The nested plain mapping that parse() turns back into an equal configuration."""
    result: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if isinstance(value, Chosen):
            result[field.name] = {'plugin': value.plugin, **dump(value.config)}
        elif dataclasses.is_dataclass(value):
            result[field.name] = dump(value)
        else:
            result[field.name] = list(value) if isinstance(value, tuple) else value
    return result


def leaves(config: Any, path: str = '') -> Iterator[Leaf]:
    """Every setting of a configuration, depth first; a slot gives its ``plugin`` leaf first."""
    hints = typing.get_type_hints(type(config))
    for field in dataclasses.fields(config):
        name, value = _join(path, field.name), getattr(config, field.name)
        meta = field.metadata.get(_META)
        if isinstance(meta, Slot):
            about = Setting(meta.help, live=meta.live)
            yield Leaf(_join(name, 'plugin'), value.plugin, str, None, about)
            yield from leaves(value.config, name)
        elif isinstance(meta, Setting):
            kind, item = _leaf_type(hints[field.name])
            yield Leaf(name, value, kind, item, meta)
        else:
            yield from leaves(value, name)


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """``{'a.b': 1}`` -> ``{'a': {'b': 1}}``.  Raises ConfigError where a name is also a prefix."""
    result: dict[str, Any] = {}
    for dotted, value in flat.items():
        *parents, last = dotted.split('.')
        node = result
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise ConfigError(f'{dotted}: {parent} is a value, not a group')
        if last in node:
            raise ConfigError(f'{dotted}: given twice')
        node[last] = value
    return result


def _parse_field(field: dataclasses.Field[Any], hint: Any, value: Any, path: str) -> Any:
    meta = field.metadata.get(_META)
    if isinstance(meta, Slot):
        named = {'plugin': meta.default, **value} if isinstance(value, Mapping) else value
        return parse_chosen(meta.kind, named, path)
    if isinstance(meta, Setting):
        return _parse_leaf(meta, hint, value, path)
    return parse(hint, value, path)


def _parse_leaf(meta: Setting, hint: Any, value: Any, path: str) -> Any:
    kind, item = _leaf_type(hint)
    if kind is not tuple:
        return _scalar(meta, kind, value, path)
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise ConfigError(f'{path}: expected a list of {_name(item)}, got {value!r}')
    return tuple(_scalar(meta, typing.cast(type, item), entry, path) for entry in value)


def _scalar(meta: Setting, kind: Any, value: Any, path: str) -> Any:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f'{path}: expected {_name(kind)}, got {value!r}')
    if kind is float and not math.isfinite(value):
        raise ConfigError(f'{path}: {value!r} is not finite')
    if meta.choices and value not in meta.choices:
        raise ConfigError(f'{path}: {value!r} is not one of {", ".join(meta.choices)}')
    low_ok = meta.ge is None or value >= meta.ge
    high_ok = meta.le is None or value <= meta.le
    if not (low_ok and high_ok):
        low = '-inf' if meta.ge is None else f'{meta.ge:g}'
        high = 'inf' if meta.le is None else f'{meta.le:g}'
        raise ConfigError(f'{path}: {value!r} is outside [{low}, {high}]')
    return value


def _leaf_type(hint: Any) -> tuple[type, type | None]:
    if typing.get_origin(hint) is tuple:
        return tuple, typing.get_args(hint)[0]
    return hint, None


def _refuse_unknown(data: Mapping[str, Any], known: Mapping[str, Any], path: str) -> None:
    for key in data:
        if key not in known:
            names = ', '.join(known) or 'none'
            raise ConfigError(f'{_join(path, str(key))}: unknown setting; known here: {names}')


def _name(kind: Any) -> str:
    return {bool: 'true or false', int: 'an integer', float: 'a number', str: 'a string'}[kind]


def _join(path: str, name: str) -> str:
    return f'{path}.{name}' if path else name
