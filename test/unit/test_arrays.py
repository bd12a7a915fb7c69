"""Files of arrays that are broken, or unpack to more than they seem, are refused with a reason."""

from __future__ import annotations

import tracemalloc
import zipfile

import numpy as np
import pytest

from fer_ros.data import arrays
from fer_ros.data.arrays import ArraysError, load_archive, load_number

NAMES = ('images', 'votes')


def archive(path, size=10):
    np.savez_compressed(path, images=np.zeros(size, np.uint8), votes=np.arange(3))
    return path


def test_the_arrays_that_were_asked_for_are_read(tmp_path):
    found = load_archive(archive(tmp_path / 'a.npz'), NAMES)
    assert list(found) == list(NAMES)
    assert found['votes'].tolist() == [0, 1, 2]


def test_a_bomb_is_told_and_takes_no_memory(tmp_path, monkeypatch):
    path = archive(tmp_path / 'a.npz', 50_000_000)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(arrays, 'MAX_BYTES', 1_000_000)
    tracemalloc.start()
    with pytest.raises(ArraysError, match=r'a\.npz.*more than 1000000'):
        load_archive(path, NAMES)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_header_that_lies_is_an_error(tmp_path):
    path = tmp_path / 'a.npz'
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999,), }"
    with zipfile.ZipFile(path, 'w') as file:
        content = b'\x93NUMPY\x01\x00' + len(header).to_bytes(2, 'little') + header.encode()
        file.writestr('images.npy', content)
        file.writestr('votes.npy', content)
    with pytest.raises(ArraysError, match=r'a\.npz'):
        load_archive(path, NAMES)


@pytest.mark.parametrize('content', [b'', b'no archive', b'PK\x03\x04 and no more'])
def test_what_is_no_archive_is_an_error(tmp_path, content):
    path = tmp_path / 'a.npz'
    path.write_bytes(content)
    with pytest.raises(ArraysError, match=r'a\.npz'):
        load_archive(path, NAMES)


def test_missing_arrays_and_pickles_are_errors(tmp_path):
    with pytest.raises(ArraysError, match='lacks the arrays faces'):
        load_archive(archive(tmp_path / 'a.npz'), ['images', 'faces'])
    np.savez(tmp_path / 'b.npz', images=np.array([{}], dtype=object), votes=np.arange(3))
    with pytest.raises(ArraysError, match='allow_pickle'):
        load_archive(tmp_path / 'b.npz', NAMES)


def test_a_number_is_read_as_one_or_as_text(tmp_path):
    path = tmp_path / 'exp.npy'
    for kept in (3, '3'):
        np.save(path, kept)
        assert load_number(path) == 3
    np.save(path, np.zeros(100_000))
    with pytest.raises(ArraysError, match='no single number'):
        load_number(path)
    path.write_bytes(b'\x93NUMPY')
    with pytest.raises(ArraysError, match=r'exp\.npy'):
        load_number(path)
