"""Several robots, or several cameras of one, in one process.

Each stream is a perception node of its own in the stream's namespace: its topics, parameters,
lifecycle and watchdog are as if it were alone.  Only the networks are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from fer_ros.config import parse
from fer_ros.perception_config import PerceptionConfig
from fer_ros.shared_models import SharedBackbones

_Perception = TypeVar('_Perception', bound=Any)
"""A node with the configuration ``config``."""
_PARAMETER = 'streams'


def perception_nodes(name: str, make: Callable[..., _Perception]) -> list[_Perception]:
    """One node for each of the parameter ``streams``, or the only one where there are none.

    ``make()`` makes the only one; ``make(arguments, load_backbone)`` one with command-line
    arguments of its own.  Raises ConfigError.
    """
    streams, namespace = _given(name)
    if not streams:
        return [make()]
    return _several([f'{namespace.rstrip("/")}/{each}' for each in streams], make)


def _given(name: str) -> tuple[tuple[str, ...], str]:
    """The streams that the parameters of the process name, and its namespace.

    Only a node can read them.  This one does nothing else, so that no policy of access has to
    allow it more, and it is gone before there is another of its name: others would lose sight of
    both.
    """
    reader = Node(
        name,
        enable_rosout=False,
        start_parameter_services=False,
        parameter_overrides=[Parameter('start_type_description_service', value=False)],
    )
    try:
        streams = reader.declare_parameter(
            _PARAMETER, [], ParameterDescriptor(dynamic_typing=True)
        ).value
        parsed = parse(PerceptionConfig, {_PARAMETER: streams or []})
        return parsed.streams, reader.get_namespace()
    finally:
        reader.destroy_node()


def _several(namespaces: list[str], make: Callable[..., _Perception]) -> list[_Perception]:
    nodes: list[_Perception] = []
    # a worker that hangs in a network is replaced after the timeout, and must get another one
    shared = SharedBackbones(lambda: min(node.config.watchdog.timeout for node in nodes) / 2)
    for namespace in namespaces:
        # by a rule of the node, because those of the process, as of a launch, beat an argument
        nodes.append(make(['--ros-args', '-r', f'__ns:={namespace}'], shared.load))
    return nodes
