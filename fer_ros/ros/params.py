"""ROS parameters from declared settings.

Each setting becomes one parameter with its description and range, read-only unless it is live.
The plugin that fills a slot decides which parameters lie beside it.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from fer_ros.config import ConfigError, Leaf, leaves, nest, parse

_Config = TypeVar('_Config')
_ROS_OWN = ('use_sim_time', 'qos_overrides.', 'start_type_description_service')
_INT_MAX = 2**63 - 1


class Parameters(Generic[_Config]):
    """The parameters of one node, always equal to a validated configuration."""

    def __init__(self, node: Node, cls: type[_Config]) -> None:
        """Declare them all.  Raises ConfigError for wrong or unknown ones given at start."""
        self._node = node
        self._declared: set[str] = set()
        self._listeners: list[Callable[[_Config], None]] = []
        self.config: _Config = cls()
        self._declare_missing()
        self._refuse_unknown()
        node.add_on_set_parameters_callback(self._on_set)

    def on_change(self, listener: Callable[[_Config], None]) -> None:
        """Call ``listener`` with each new configuration."""
        self._listeners.append(listener)

    def _declare_missing(self) -> None:
        """Declare the parameters of the plugins that are chosen now, and no others."""
        wanted = {leaf.name for leaf in leaves(self.config)}
        for name in self._declared - wanted:
            self._node.undeclare_parameter(name)
        self._declared &= wanted
        given: dict[str, Any] = {}
        while leaf := self._first_missing():
            self._declared.add(leaf.name)
            value = self._node.declare_parameter(leaf.name, _to_ros(leaf.value), _descriptor(leaf))
            given[leaf.name] = value.value
            if leaf.name.endswith('.plugin'):
                self.config = self._changed({leaf.name: value.value})
        self.config = self._changed(given)

    def _first_missing(self) -> Leaf | None:
        """A slot's plugin comes before the settings beside it, so it is known in time."""
        return next(
            (leaf for leaf in leaves(self.config) if leaf.name not in self._declared), None
        )

    def _changed(self, changes: dict[str, Any]) -> _Config:
        """The configuration with some parameters changed; another plugin starts from defaults."""
        values = {leaf.name: leaf.value for leaf in leaves(self.config)}
        for name, value in changes.items():
            if name.endswith('.plugin') and values[name] != value:
                prefix = name.removesuffix('plugin')
                values = {key: kept for key, kept in values.items() if not key.startswith(prefix)}
        values |= {name: _from_ros(value, values.get(name)) for name, value in changes.items()}
        return parse(type(self.config), nest(values))

    def _on_set(self, parameters: list[Parameter]) -> SetParametersResult:
        changes = {p.name: p.value for p in parameters if p.name in self._declared}
        if changes == {}:
            return SetParametersResult(successful=True)
        try:
            config = self._changed(changes)
            for listener in self._listeners:
                listener(config)
        except Exception as error:  # a plugin that is chosen may fail in any way
            return SetParametersResult(successful=False, reason=str(error) or repr(error))
        self.config = config
        if any(name.endswith('.plugin') for name in changes):
            # afterwards: no parameter can be declared while another one is being set
            self._node.executor.create_task(self._declare_missing)
        return SetParametersResult(successful=True)

    def _refuse_unknown(self) -> None:
        """A misspelt parameter must not be passed over in silence.

        rclpy keeps what was given at start in a private attribute and offers no other access.
        """
        given = self._node._parameter_overrides
        unknown = [n for n in given if n not in self._declared and not n.startswith(_ROS_OWN)]
        if unknown:
            near = [name for n in unknown for name in get_close_matches(n, self._declared, 1)]
            meant = f' (is it {", ".join(near)}?)' if near else ''
            known = ', '.join(sorted(self._declared))
            raise ConfigError(f'unknown parameters {", ".join(unknown)}{meant}; known: {known}')


def _descriptor(leaf: Leaf) -> ParameterDescriptor:
    about = leaf.setting
    descriptor = ParameterDescriptor(
        description=about.description,
        read_only=not about.live,
        dynamic_typing=isinstance(leaf.value, tuple),  # an empty list has no type, see parse()
    )
    if about.choices:
        descriptor.additional_constraints = f'one of {", ".join(about.choices)}'
    if about.ge is None and about.le is None:
        return descriptor
    if (leaf.item or leaf.kind) is int:
        low = -_INT_MAX if about.ge is None else int(about.ge)
        high = _INT_MAX if about.le is None else int(about.le)
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
    else:
        largest = sys.float_info.max
        low = -largest if about.ge is None else float(about.ge)
        high = largest if about.le is None else float(about.le)
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    return descriptor


def _to_ros(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _from_ros(value: Any, before: Any) -> Any:
    """The value of a parameter; an empty list of a file comes as None."""
    if value is None and isinstance(before, tuple):
        return []
    return list(value) if isinstance(value, array.array) else value
