"""Files are written whole or not at all, and errors name them."""

from __future__ import annotations

import errno
import os

import pytest

from fer_ros.writing import WritingError, naming, whole, write_bytes, write_text


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path):
    path = tmp_path / 'a.txt'
    write_text(path, 'old')
    write_text(path, 'näu')
    assert path.read_text(encoding='utf-8') == 'näu'
    write_bytes(path, b'\0')
    assert path.read_bytes() == b'\0'
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_what_was_there_and_is_named(tmp_path, small_files):
    path = tmp_path / 'a.bin'
    write_bytes(path, b'old')
    with pytest.raises(WritingError, match=r'a\.bin cannot be written: File too large'):
        write_bytes(path, bytes(2 * small_files))
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def test_any_other_error_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.txt'
    write_text(path, 'old')

    def fail_halfway():
        with whole(path) as partial:
            partial.write_text('half')
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told_of_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / 'none' / 'a.txt'
    with pytest.raises(WritingError) as caught:
        write_text(path, 'new')
    assert str(caught.value) == f'{path} cannot be written: No such file or directory'


def test_an_error_that_names_its_file_stays_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match='other'), naming(tmp_path / 'a.txt'):
        (tmp_path / 'other').read_text()
    reason = os.strerror(errno.ENOSPC)
    named = pytest.raises(WritingError, match=rf'a\.txt cannot be written: {reason}')
    with named, naming(tmp_path / 'outer'), naming(tmp_path / 'a.txt'):
        raise OSError(errno.ENOSPC, reason)
