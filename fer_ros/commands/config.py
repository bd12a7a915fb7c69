"""fer-ros config: the parameters of the nodes, as the code declares them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_ros.companion_config import MediaConfig, OverlayConfig, WatchConfig
from fer_ros.parameter_files import dump_file
from fer_ros.perception_config import PerceptionConfig
from fer_ros.policy.node_config import PolicyNodeConfig
from fer_ros.writing import write_text

NODES: dict[str, tuple[str, type[Any]]] = {
    'perception': ('perception.yaml', PerceptionConfig),
    'policy': ('policy_node.yaml', PolicyNodeConfig),
    'media': ('media.yaml', MediaConfig),
    'overlay': ('overlay.yaml', OverlayConfig),
    'watch': ('watch.yaml', WatchConfig),
}
"""Node -> the name of its parameter file and the settings that it declares."""
_USUAL = ('perception', 'policy')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which nodes, and where to write."""
    parser.description = (
        'Print the parameters of nodes with their defaults, as a ROS parameter file: what they '
        'mean, their unit and range, and whether they can be changed while the node runs (live).'
    )
    parser.add_argument(
        'nodes', nargs='*', metavar='NODE', help=f'of {", ".join(NODES)}; default: the first two'
    )
    parser.add_argument(
        '--write', type=Path, metavar='FOLDER', help='write each node a file there instead'
    )


def run(args: argparse.Namespace) -> int:
    """Print or write; raises NodeError for a node that does not exist."""
    for name in args.nodes or _USUAL:
        file_name, text = parameter_file(name)
        if args.write is None:
            print(text)
            continue
        path = args.write / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        print(path)
    return 0


class NodeError(ValueError):
    """A node that does not exist."""


def parameter_file(node: str) -> tuple[str, str]:
    """The name and the content of a node's parameter file."""
    if node not in NODES:
        raise NodeError(f'no node {node!r}; there are {", ".join(NODES)}')
    file_name, cls = NODES[node]
    title = f'Parameters of the {node} node with their defaults, as `fer-ros config` writes them.'
    return file_name, dump_file(cls(), node, title)
