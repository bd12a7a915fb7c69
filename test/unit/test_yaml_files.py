import os

import pytest
import yaml

from fer_ros import yaml_files
from fer_ros.yaml_files import YamlFileError


def lines_of_laughter(levels, width, entry):
    """Each line names the one before ``width`` times: width ** levels values in a few bytes."""
    lines = ['a0: &a0 {x: 1}']
    for level in range(1, levels):
        aliases = ', '.join([f'*a{level - 1}'] * width)
        lines.append(f'a{level}: &a{level} {entry.format(aliases)}')
    return '\n'.join(lines)


def test_it_reads_what_the_safe_loader_reads():
    text = 'a: [1, 2.5, true, null, word]\nb: &b {c: d}\ne: {<<: *b, f: 1}\ng: *b\n'
    assert yaml_files.parse(text) == yaml.safe_load(text)
    assert yaml_files.parse('') is None


BAD = [
    ('!!python/object/apply:os.system [ls]', 'could not determine a constructor'),
    (lines_of_laughter(12, 9, '[{}]'), 'means more than'),
    (lines_of_laughter(12, 9, '{{<<: [{}]}}'), 'means more than'),
    (f'a: &a {"x" * 1000}\nb: [{", ".join(["*a"] * 3000)}]', 'means more than'),
    ('&a [*a]', 'nested deeper'),
    ('&a {<<: *a}', 'nested deeper'),
    ('[' * 5000, 'nested deeper'),
    ('- ' * 5000, 'nested deeper'),
    ('[' * 50 + ']' * 50, 'nested deeper'),
    (f'!!int {"9" * 5000}', 'more than 40 digits'),
    (f'0b{"1" * 5000}', 'more than 40 digits'),
    ('!!bool word', 'word'),
    ('!!timestamp word', 'groupdict'),
    ('!!int ""', 'index out of range'),
    ('2001-99-99', 'month must be in 1..12'),
    ('"\\U0011FFFF"', 'chr'),
    ('a: [1', 'expected'),
    ('? [a]\n: b', 'unhashable key'),
    ('\0', 'special characters'),
]


@pytest.mark.parametrize(('text', 'reason'), BAD, ids=range(len(BAD)))
def test_what_is_no_harmless_file_is_an_error(text, reason):
    with pytest.raises(YamlFileError, match=reason):
        yaml_files.parse(text)


def test_files_are_read_as_utf8_up_to_a_size(tmp_path):
    path = tmp_path / 'a.yaml'
    path.write_text('a: ä', encoding='utf-8')
    assert yaml_files.read(path) == {'a': 'ä'}
    path.write_bytes(b'a: \xff')
    with pytest.raises(YamlFileError, match='utf-8'):
        yaml_files.read(path)
    path.write_bytes(b'#' * (yaml_files.MAX_BYTES + 1))
    with pytest.raises(YamlFileError, match='more than'):
        yaml_files.read(path)


def test_a_pipe_or_device_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    for path in (tmp_path / 'pipe', tmp_path):
        with pytest.raises(YamlFileError, match='not a regular file'):
            yaml_files.read(path)
    with pytest.raises(YamlFileError, match=r'^No such file or directory$'):
        yaml_files.read(tmp_path / 'missing')
