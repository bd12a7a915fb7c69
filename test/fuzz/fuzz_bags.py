"""Small valid recordings and messages, from which the fuzzing starts."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from rosbags.rosbag1 import Writer as Writer1
from rosbags.typesys import Stores, get_typestore

from fer_ros.evaluation import bag_messages
from fer_ros.evaluation.bag_samples import BagFormat, LabelChange
from fer_ros.evaluation.bag_writing import write_bag
from fer_ros.evaluation.bags import Topics
from fer_ros.types import NS_PER_S, AudioChunk, Frame, read_only

TOPICS = Topics()
START_NS = 1_700_000_000 * NS_PER_S
SUFFIXES = {'sqlite3': 'db3', 'mcap': 'mcap'}


@cache
def scratch() -> Path:
    """A folder that lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix='fuzz-')
    atexit.register(folder.cleanup)
    return Path(folder.name)


def samples():
    for number in range(4):
        stamp_ns = START_NS + number * NS_PER_S // 10
        sound = np.linspace(-0.5, 0.5, 80, dtype=np.float32)
        yield AudioChunk(stamp_ns, 8000, read_only(sound))
        yield Frame(stamp_ns, 'camera', read_only(np.full((4, 6, 3), 9 * number, np.uint8)))


@cache
def folder(storage: str, compress: bool = False) -> Path:
    """A bag of a few samples and labels."""
    path = scratch() / f'{storage}-{compress}'
    labels = [LabelChange(START_NS, 'happy'), LabelChange(START_NS + NS_PER_S // 5, '')]
    write_bag(path, samples(), labels, BagFormat(storage=storage, compress=compress))
    return path


@cache
def files(kind: str) -> list[bytes]:
    """The files of bags of a kind."""
    if kind == 'ros1':
        return [_ros1()]
    found = [folder(kind), folder(kind, True)] if kind == 'mcap' else [folder(kind)]
    return [next(path.glob(f'*.{SUFFIXES[kind]}')).read_bytes() for path in found]


@cache
def metadata() -> list[bytes]:
    return [(folder('sqlite3') / 'metadata.yaml').read_bytes()]


def _ros1() -> bytes:
    types = get_typestore(Stores.ROS1_NOETIC)
    path = scratch() / 'ros1.bag'
    writer = Writer1(path)
    writer.set_compression(Writer1.CompressionFormat.LZ4)
    with writer:
        connection = writer.add_connection('/image', bag_messages.IMAGE, typestore=types)
        for number in range(3):
            message = _image(types, number, seq=0)
            data = types.serialize_ros1(message, bag_messages.IMAGE)
            writer.write(connection, START_NS + number, data)
    return path.read_bytes()


def _header(types, number=0, **more):
    stamp = types.types['builtin_interfaces/msg/Time'](sec=1_700_000_000 + number, nanosec=5)
    return types.types['std_msgs/msg/Header'](stamp=stamp, frame_id='camera', **more)


def _image(types, number=0, **more):
    return types.types[bag_messages.IMAGE](
        header=_header(types, number, **more),
        height=4,
        width=6,
        encoding='rgb8',
        is_bigendian=0,
        step=18,
        data=np.arange(72, dtype=np.uint8),
    )


def _packed(types, message) -> bytes:
    return bytes(types.serialize_cdr(message, message.__msgtype__))


def image_message() -> bytes:
    types = bag_messages.message_types()
    return _packed(types, _image(types))


def compressed_message(picture: bytes) -> bytes:
    types = bag_messages.message_types()
    make = types.types[bag_messages.COMPRESSED_IMAGE]
    data = np.frombuffer(picture, np.uint8)
    return _packed(types, make(header=_header(types), format='jpeg', data=data))


def audio_message() -> bytes:
    """Of the family that has everything in one message."""
    types = bag_messages.message_types(bag_messages.MGONZS13)
    make = {name: types.types[f'audio_common_msgs/msg/{name}'] for name in bag_messages._MGONZS13}
    kinds = {f'{kind}_data': np.zeros(0, kind) for kind in ('float32', 'int32', 'int8', 'uint8')}
    data = make['AudioData'](**kinds, int16_data=np.arange(8, dtype=np.int16))
    info = make['AudioInfo'](format=8, channels=2, rate=16000, chunk=4)
    audio = make['Audio'](audio_data=data, info=info)
    return _packed(types, make['AudioStamped'](header=_header(types), audio=audio))


def audio_message_with_info() -> bytes:
    """Of the other family: the number of 4 bytes of the message, the message, its info."""
    types = bag_messages.message_types()
    sound = types.types['audio_common_msgs/msg/AudioData'](data=np.arange(16, dtype=np.uint8))
    stamped = types.types['audio_common_msgs/msg/AudioDataStamped']
    message = _packed(types, stamped(header=_header(types), audio=sound))
    info = types.types[bag_messages.AUDIO_INFO](
        channels=1, sample_rate=16000, sample_format='S16LE', bitrate=0, coding_format='wave'
    )
    message += bytes(-len(message) % 4)
    return bytes([len(message) // 4]) + message + _packed(types, info)
