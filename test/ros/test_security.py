"""What our nodes do in a graph is what the policy allows them, and what SECURITY.md says."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import node_graph
import pytest
from ros_graph import ROOT, Expression, Graph, qos, wait_until

NODES = ('perception', 'policy', 'media', 'overlay', 'watch')
SAMPLE = str(ROOT / 'samples' / 'sample.mp4')
POLICY = ROOT / 'config' / 'sros2' / 'fer_ros.policy.xml'
NEWER = {'get_type_description'}
"""Services that nodes have since Jazzy."""


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    """All our nodes with the default models, while they see a face, in a home of their own."""
    home = tmp_path_factory.mktemp('home')
    for name in ('tmp', '.ros'):
        (home / name).mkdir(parents=True)
    env = {
        **{name: str(home) for name in ('HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME')},
        **{name: str(home / 'tmp') for name in ('TMPDIR', 'TEMP', 'TMP')},
        'ROS_HOME': str(home / '.ros'),
    }
    graph = Graph()
    try:
        emotion = graph.listen(Expression, 'emotion', qos.EMOTION)
        others = ('perception', 'policy', 'overlay', 'watch')
        processes = [graph.start_node(name, env=env) for name in others]
        graph.bring_up('perception')
        graph.bring_up('policy')
        processes.append(graph.start_node('media', {'source': SAMPLE, 'loop': True}, env))
        wait_until(lambda: any(message.expression for message in emotion), 'an emotion')
        yield graph, processes, home
    finally:
        graph.close()


def without_newer(access):
    """Of services that only newer distributions have."""
    return replace(
        access,
        reply=frozenset(name for name in access.reply if name.rpartition('/')[2] not in NEWER),
    )


@pytest.mark.parametrize('name', NODES)
def test_the_policy_allows_what_a_node_does_and_nothing_else(running, name):
    graph, _, _ = running
    allowed = without_newer(node_graph.allowed(POLICY)[name])
    wait_until(
        lambda: without_newer(node_graph.seen(graph.node, name)) == allowed,
        f'{name} has\n{node_graph.seen(graph.node, name)}\n\nthe policy allows\n{allowed}',
    )


def test_the_policy_is_of_our_nodes_only():
    assert set(node_graph.allowed(POLICY)) == set(NODES)


def test_nodes_store_nothing_but_their_logs(running):
    _, processes, home = running
    stored = {path.relative_to(home) for path in home.rglob('*') if path.is_file()}
    assert {path for path in stored if path.parts[:2] != ('.ros', 'log')} == set()
    for process in processes:
        for written in files_open_for_writing(process.pid):
            assert written.is_relative_to(home / '.ros' / 'log'), process.output


def test_nodes_have_no_connections_but_those_of_dds(running):
    """DDS uses UDP sockets without a fixed peer, and memory that processes share."""
    _, processes, _ = running
    for process in processes:
        sockets = sockets_of(process.pid)
        assert {kind for kind, _ in sockets} <= {'udp', 'udp6'}
        assert all(re.fullmatch('0+:0000', peer) for _, peer in sockets)


def files_open_for_writing(pid):
    """Regular files that a process has open for writing, but for shared memory."""
    for link in Path(f'/proc/{pid}/fd').iterdir():
        try:
            path = Path(os.readlink(link))
            flags = Path(f'/proc/{pid}/fdinfo/{link.name}').read_text()
        except FileNotFoundError:
            continue  # closed in the meantime
        writes = int(re.search(r'flags:\s*(\d+)', flags)[1], 8) & os.O_ACCMODE != os.O_RDONLY
        if writes and path.is_file() and not path.is_relative_to('/dev'):
            yield path


def sockets_of(pid):
    """The sockets of a process in the internet's protocols, as kind and peer."""
    own = set()
    for link in Path(f'/proc/{pid}/fd').iterdir():
        try:
            own |= set(re.findall(r'socket:\[(\d+)\]', os.readlink(link)))
        except FileNotFoundError:
            continue
    found = []
    for kind in ('tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'):
        table = Path(f'/proc/{pid}/net/{kind}')
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        rows = [line.split() for line in lines]
        found += [(kind, row[2]) for row in rows if row[9] in own]
    return found
