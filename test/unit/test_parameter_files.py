from dataclasses import dataclass

import pytest
import yaml

from fer_ros.commands.config import NODES, parameter_file
from fer_ros.config import Chosen, ConfigError, group, leaves, setting, slot
from fer_ros.parameter_files import dump_file, read_file
from fer_ros.perception_config import PerceptionConfig
from fer_ros.resources import share_file


@dataclass(frozen=True)
class Inner:
    gain: float = setting(1.0, 'How loud', unit='dB', ge=0.0, le=10.0, live=True)
    name: str = setting('', 'Name; may be "empty"')


@dataclass(frozen=True)
class Node:
    count: int = setting(3, 'How many', ge=1)
    mode: str = setting('on', 'Mode', choices=('on', 'off'))
    inner: Inner = group(Inner)
    fusion: Chosen = slot('fusion', 'weighted_average', 'Fusion')


def write(tmp_path, text):
    path = tmp_path / 'mine.yaml'
    path.write_text(text)
    return path


def test_it_is_a_parameter_file_that_says_what_is_known_of_each_setting():
    text = dump_file(Node(), 'node', 'Parameters of a node.')
    lines = text.splitlines()
    assert lines[:4] == [
        '# Parameters of a node.',
        '/**/node:',
        '  ros__parameters:',
        '    # How many (at least 1; fixed)',
    ]
    at = lines.index('    inner:')
    assert lines[at + 1 : at + 5] == [
        '      # How loud [dB] (0 to 10; live)',
        '      gain: 1.0',
        '      # Name; may be "empty" (fixed)',
        "      name: ''",
    ]
    assert '    # Mode (one of on, off; fixed)' in lines
    assert "    mode: 'on'" in lines  # else YAML reads true


def test_what_was_written_is_read(tmp_path):
    config = Node(count=5, inner=Inner(gain=0.5, name='a: b'))
    path = write(tmp_path, dump_file(config, 'node', 'title'))
    assert read_file(Node, path, 'node') == config


@pytest.mark.parametrize(
    'text',
    [
        'count: 7',
        '/**: {ros__parameters: {count: 7}}',
        '/**/node: {ros__parameters: {count: 7}}',
        '/robot/node: {ros__parameters: {count: 7}}',
        'node: {ros__parameters: {count: 7, use_sim_time: true}}',
        'node: {ros__parameters: {count: 7}}\nother: {ros__parameters: {count: 8}}',
        '/**: {ros__parameters: {count: 7, inner.gain: 2.0}}',
    ],
)
def test_every_usual_layout_is_read(tmp_path, text):
    assert read_file(Node, write(tmp_path, text), 'node').count == 7


@pytest.mark.parametrize('text', ['', '/**: {ros__parameters: }'])
def test_a_file_without_settings_changes_nothing(tmp_path, text):
    assert read_file(Node, write(tmp_path, text), 'node') == Node()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('- 1', 'expected a mapping'),
        ('a: [', 'mine.yaml'),
        ('/**: {ros__parameters: {cuont: 7}}', 'cuont: unknown setting; known here: count'),
        ('/**: {ros__parameters: {inner: {gain: 11.0}}}', r'inner\.gain: 11\.0 is outside'),
        (
            'other: {ros__parameters: {count: 8}}',
            'no parameters of node; there are those of other',
        ),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_reason(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as info:
        read_file(Node, path, 'node')
    assert str(path) in str(info.value)


def flat(parameters, path=''):
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from flat(value, f'{path}{name}.')
        else:
            yield path + name


@pytest.mark.parametrize('node', NODES)
def test_every_node_has_a_file_that_reads_back_to_its_defaults(node, tmp_path):
    _, text = parameter_file(node)
    cls = NODES[node][1]
    assert read_file(cls, write(tmp_path, text), node) == cls()
    assert max(map(len, text.splitlines())) < 100
    parameters = yaml.safe_load(text)[f'/**/{node}']['ros__parameters']
    assert set(flat(parameters)) == {leaf.name for leaf in leaves(cls())}


@pytest.mark.parametrize('node', ['perception', 'policy'])
def test_the_committed_files_are_what_the_settings_say(node):
    name, text = parameter_file(node)
    assert share_file(f'config/{name}').read_text() == text, 'run: fer-ros config --write config'


def test_of_several_robots_the_section_of_all_is_read(tmp_path):
    path = tmp_path / 'robots.yaml'
    path.write_text(
        '/**/perception: {ros__parameters: {voice: {hop: 0.25}}}\n'
        '/robot2/perception: {ros__parameters: {voice: {hop: 0.3}}}\n'
    )
    assert read_file(PerceptionConfig, path, 'perception').voice.hop == 0.25
