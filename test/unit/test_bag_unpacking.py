"""Compressed bags that become larger than anybody records are refused before they take memory."""

from __future__ import annotations

import bz2
import shutil
import tracemalloc
from dataclasses import dataclass

import lz4.frame
import pytest
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Writer
from rosbags.typesys import Stores, get_typestore

from fer_ros.evaluation import bag_unpacking
from fer_ros.evaluation.bag_messages import message_types
from fer_ros.evaluation.bag_reading import Bag, BagError
from fer_ros.evaluation.bag_unpacking import UnpackingError, check_chunks, unpack, zstd
from fer_ros.evaluation.bag_writing import STORAGES

LIMIT = 1_000_000
BOMB = 50 * LIMIT
KIND = 'std_msgs/msg/String'
STREAMS = {
    'zstd': (zstd.compress, zstd.ZstdDecompressor),
    'bz2': (bz2.compress, bz2.BZ2Decompressor),
    'lz4': (lz4.frame.compress, lz4.frame.LZ4FrameDecompressor),
}


@pytest.fixture
def low_limit(monkeypatch):
    """A limit at which a bomb is a small file."""
    monkeypatch.setattr(bag_unpacking, 'MAX_UNPACKED', LIMIT)


def ros2_bag(path, storage, mode, size=BOMB):
    """A bag with one message of so many equal characters."""
    types = message_types()
    writer = Writer(path, version=8, storage_plugin=STORAGES[storage])
    writer.set_compression(CompressionMode[mode], CompressionFormat.ZSTD)
    with writer:
        topic = writer.add_connection('/text', KIND, typestore=types)
        message = types.types[KIND](data=size * 'a')
        writer.write(topic, 1, types.serialize_cdr(message, KIND))
    return path


def ros1_bag(path, compression, size=BOMB):
    types = get_typestore(Stores.ROS1_NOETIC)
    writer = Writer1(path)
    writer.set_compression(Writer1.CompressionFormat[compression])
    with writer:
        topic = writer.add_connection('/text', KIND, typestore=types)
        message = types.types[KIND](data=size * 'a')
        writer.write(topic, 1, types.serialize_ros1(message, KIND))
    return path


def read(path):
    return [received.message().data for received in Bag(path).messages('/text', {KIND})]


BAGS = {
    'chunks of mcap': lambda path, **size: ros2_bag(path / 'bag', 'mcap', 'STORAGE', **size),
    'messages of mcap': lambda path, **size: ros2_bag(path / 'bag', 'mcap', 'MESSAGE', **size),
    'messages': lambda path, **size: ros2_bag(path / 'bag', 'sqlite3', 'MESSAGE', **size),
    'bz2': lambda path, **size: ros1_bag(path / 'a.bag', 'BZ2', **size),
    'lz4': lambda path, **size: ros1_bag(path / 'a.bag', 'LZ4', **size),
}


@pytest.mark.parametrize('make', BAGS.values(), ids=BAGS)
def test_a_bomb_is_told_and_takes_no_memory(tmp_path, low_limit, make):
    path = make(tmp_path)
    tracemalloc.start()
    with pytest.raises(BagError, match=f'more than {LIMIT}') as error:
        read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(path) in str(error.value)
    assert peak < BOMB / 5


@pytest.mark.parametrize('make', BAGS.values(), ids=BAGS)
def test_what_is_not_larger_than_the_limit_is_read(tmp_path, low_limit, make):
    assert read(make(tmp_path, size=1000)) == [1000 * 'a']


def test_the_chunks_of_a_file_without_an_index_are_limited_too(tmp_path, low_limit):
    path = next(BAGS['chunks of mcap'](tmp_path).glob('*.mcap'))
    content = bytearray(path.read_bytes())
    content[-28:-12] = bytes(16)  # where the summary begins, says the footer
    path.write_bytes(content)
    with pytest.raises(BagError, match=f'more than {LIMIT}'):
        read(path)


def test_a_file_that_would_fill_the_temporary_folder_is_told(tmp_path, monkeypatch):
    bag = ros2_bag(tmp_path / 'bag', 'sqlite3', 'FILE')
    monkeypatch.setattr(
        bag_unpacking.shutil, 'disk_usage', lambda path: shutil._ntuple_diskusage(9, 8, LIMIT)
    )
    monkeypatch.setattr(bag_unpacking.tempfile, 'tempdir', str(tmp_path / 'temporary'))
    (tmp_path / 'temporary').mkdir()
    with pytest.raises(BagError, match='TMPDIR names another folder'):
        read(bag)
    assert not list((tmp_path / 'temporary').iterdir())


@dataclass
class Chunk:
    message_start_time: int
    message_end_time: int
    uncompressed_size: int


def test_chunks_of_one_moment_are_counted_together(low_limit):
    after_each_other = [Chunk(10 * n, 10 * n + 9, LIMIT) for n in range(100)]
    check_chunks(after_each_other)
    with pytest.raises(UnpackingError, match='one moment'):
        check_chunks([Chunk(0, 5, LIMIT // 2) for _ in range(3)])


@pytest.mark.parametrize('name', STREAMS)
def test_streams_are_unpacked_to_the_last_byte(name):
    compress, make = STREAMS[name]
    assert unpack(compress(b'one') + compress(b'') + compress(b'two'), make) == b'onetwo'
    assert unpack(compress(bytes(LIMIT)), make, LIMIT) == bytes(LIMIT)
    with pytest.raises(UnpackingError, match='become more than'):
        unpack(compress(bytes(LIMIT + 1)), make, LIMIT)
    with pytest.raises(UnpackingError, match='too early'):
        unpack(compress(bytes(range(256)))[:-1], make)
    assert unpack(b'', make) == b''
