"""Compressed pictures that are none, or claim to be larger than they are."""

from __future__ import annotations

import struct
import zlib

import pytest
import ros_fakes
from fault_robot import Robot, at_work
from fault_table import Fault, cases

REFUSED = 'counted with its reason'


class CompressedRobot(Robot):
    """A perception node that reads image/compressed; its plugins are quick."""

    def __init__(self, material, folder) -> None:
        parameters = {**ros_fakes.perception_parameters(folder), 'image_transport': 'compressed'}
        super().__init__(material, parameters)
        self.senses.images = self.senses.compressed
        self.senses.face = self.senses.jpeg


def bad(name, why, data_of, format='jpeg'):
    """Bytes made of those of a good JPEG."""

    def inject(robot):
        def send():
            stamp_ns = robot.senses.now_ns()
            data = data_of(robot.senses.jpeg(stamp_ns).data.tobytes())
            robot.senses.compressed.publish(robot.senses.packed(stamp_ns, data, format))

        return robot.refused('image', send, why)

    return Fault(name, REFUSED, inject)


def png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a huge picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', checksum)

    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100))
    return (
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', header)
        + chunk(b'IDAT', pixels)
        + chunk(b'IEND', b'')
    )


def huge(name, width, height):
    """A picture of which memory must not be taken."""

    def inject(robot):
        before_mb = robot.memory_mb()
        stamp_ns = robot.senses.now_ns()
        message = robot.senses.packed(stamp_ns, png(width, height), 'png')
        seen = robot.refused('image', lambda: robot.senses.compressed.publish(message), '')
        grown_mb = robot.memory_mb() - before_mb
        assert grown_mb < 100, f'{grown_mb:.0f} MB more'
        return f'{seen}; memory {grown_mb:+.0f} MB'

    return Fault(name, 'counted; no memory is taken', inject)


FAULTS = [
    bad('bytes that are no picture', 'none of', lambda jpeg: bytes(range(256)) * 100),
    bad('no bytes', '0 bytes', lambda jpeg: b''),
    bad('the first bytes of a JPEG', '', lambda jpeg: jpeg[:20]),
    bad('the end of a JPEG', '', lambda jpeg: jpeg[-2000:]),
    bad('depth', '', lambda jpeg: bytes(12) + b'\x89PNG', 'compressedDepth png'),
    huge('a PNG of 100 bytes that claims 60000 x 60000', 60000, 60000),
    huge('a PNG of 100 bytes that claims 2147483647 x 1', 2**31 - 1, 1),
]


@pytest.fixture(scope='module')
def compressed_robot(material, tmp_path_factory):
    with at_work(CompressedRobot(material, tmp_path_factory.mktemp('compressed'))) as robot:
        yield robot


@cases(FAULTS)
def test_the_node_lives_through(compressed_robot, table, fault):
    table.run('Compressed pictures', fault, compressed_robot)
