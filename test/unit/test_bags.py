import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rosbags.interfaces import MessageDefinition, MessageDefinitionFormat
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from fer_ros.evaluation.bag_messages import AUDIO_FAMILIES, message_types
from fer_ros.evaluation.bag_reading import BagError, is_bag
from fer_ros.evaluation.bag_samples import BagFormat
from fer_ros.evaluation.bag_writing import STORAGES, write_bag
from fer_ros.evaluation.bags import Topics, in_order, open_bag
from fer_ros.types import NS_PER_S, AudioChunk, Frame

START_NS = 1_700_000_000 * NS_PER_S
RATE_HZ = 8000
CHUNK = 400


def at(time_s):
    return START_NS + round(time_s * NS_PER_S)


def frame(time_s):
    rng = np.random.default_rng(round(time_s * 1000))
    return Frame(at(time_s), 'camera', rng.integers(0, 256, (8, 10, 3), dtype=np.uint8))


def chunk(time_s):
    rng = np.random.default_rng(round(time_s * 1000))
    # whole 16-bit steps, so that nothing is lost on the way
    samples = rng.integers(-(2**15), 2**15, CHUNK).astype(np.float32) / 2**15
    return AudioChunk(at(time_s), RATE_HZ, samples)


FRAMES = [frame(0.01 + number / 30) for number in range(20)]
CHUNKS = [chunk(number * 0.05) for number in range(12)]
SAMPLES = sorted([*FRAMES, *CHUNKS], key=lambda sample: sample.stamp_ns)


def values(sample):
    return sample.image if isinstance(sample, Frame) else sample.samples


def assert_same(found, expected):
    found = list(found)
    assert [type(sample) for sample in found] == [type(sample) for sample in expected]
    assert [sample.stamp_ns for sample in found] == [sample.stamp_ns for sample in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(values(one), values(other))


class Recorder:
    """Writes messages as a recorder does: in any order, with anything else beside them."""

    def __init__(self, writer, types):
        self.writer, self.types = writer, types
        self.connections = {}

    def make(self, kind, **fields):
        return self.types.types[kind](**fields)

    def header(self, stamp_ns):
        sec, nanosec = divmod(stamp_ns, NS_PER_S)
        fields = {'seq': 0} if self.is_ros1 else {}
        stamp = self.make('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)
        return self.make('std_msgs/msg/Header', stamp=stamp, frame_id='camera', **fields)

    @property
    def is_ros1(self):
        return isinstance(self.writer, Writer1)

    def write(self, topic, message, time_ns):
        kind = message.__msgtype__
        if topic not in self.connections:
            self.connections[topic] = self.writer.add_connection(topic, kind, typestore=self.types)
        pack = self.types.serialize_ros1 if self.is_ros1 else self.types.serialize_cdr
        self.writer.write(self.connections[topic], time_ns, pack(message, kind))

    def frame(self, frame, time_ns=None, topic='/camera/image_raw'):
        message = self.make(
            'sensor_msgs/msg/Image',
            header=self.header(frame.stamp_ns),
            height=frame.image.shape[0],
            width=frame.image.shape[1],
            encoding='rgb8',
            is_bigendian=0,
            step=frame.image.shape[1] * 3,
            data=frame.image.reshape(-1),
        )
        self.write(topic, message, time_ns or frame.stamp_ns)

    def chunk(self, chunk, time_ns=None, topic='/audio'):
        data = (chunk.samples * 2**15).astype('<i2').view(np.uint8)
        message = self.make(
            'audio_common_msgs/msg/AudioDataStamped',
            header=self.header(chunk.stamp_ns),
            audio=self.make('audio_common_msgs/msg/AudioData', data=data),
        )
        self.write(topic, message, time_ns or chunk.end_ns)

    def info(self, time_ns, rate_hz=RATE_HZ, topic='/audio_info'):
        message = self.make(
            'audio_common_msgs/msg/AudioInfo',
            channels=1,
            sample_rate=rate_hz,
            sample_format='S16LE',
            bitrate=128,
            coding_format='wave',
        )
        self.write(topic, message, time_ns)

    def text(self, time_ns, topic='/rosout'):
        self.write(topic, self.make('std_msgs/msg/String', data='hello'), time_ns)


def record(path, fill, storage='sqlite3', compression=None):
    writer = Writer(path, version=8, storage_plugin=STORAGES[storage])
    if compression:
        writer.set_compression(CompressionMode[compression], CompressionFormat.ZSTD)
    with writer:
        fill(Recorder(writer, message_types()))
    return path


def everything(recorder):
    recorder.info(START_NS)
    for sample in SAMPLES:
        (recorder.frame if isinstance(sample, Frame) else recorder.chunk)(sample)


@pytest.mark.parametrize('family', AUDIO_FAMILIES)
@pytest.mark.parametrize('images', ['raw', 'png'])
@pytest.mark.parametrize('storage', STORAGES)
def test_a_bag_gives_the_samples_that_were_written(tmp_path, storage, images, family):
    form = BagFormat(storage=storage, images=images, audio=family, compress=images == 'png')
    write_bag(tmp_path / 'bag', SAMPLES, format=form)
    assert_same(open_bag(tmp_path / 'bag'), SAMPLES)


@pytest.mark.parametrize('compression', ['FILE', 'MESSAGE'])
def test_compressed_bags_are_read(tmp_path, compression):
    assert_same(open_bag(record(tmp_path / 'bag', everything, 'sqlite3', compression)), SAMPLES)


def test_the_format_of_sound_may_come_after_the_first_sound(tmp_path):
    def fill(recorder):
        for sample in SAMPLES:
            (recorder.frame if isinstance(sample, Frame) else recorder.chunk)(sample)
        recorder.info(at(100))

    assert_same(open_bag(record(tmp_path / 'bag', fill)), SAMPLES)


def test_the_format_of_sound_may_change(tmp_path):
    def fill(recorder):
        recorder.info(at(0), RATE_HZ)
        recorder.chunk(CHUNKS[0])
        recorder.info(at(1), 2 * RATE_HZ)
        recorder.chunk(replace(CHUNKS[1], stamp_ns=at(2)))

    rates = [sample.rate_hz for sample in open_bag(record(tmp_path / 'bag', fill))]
    assert rates == [RATE_HZ, 2 * RATE_HZ]


def test_of_several_formats_of_sound_the_one_that_is_named_alike_counts(tmp_path):
    def fill(recorder):
        recorder.info(at(0), 44100, '/left/audio_info')
        recorder.info(at(0), RATE_HZ, '/right/audio_info')
        recorder.chunk(CHUNKS[0], topic='/right/audio')

    assert [s.rate_hz for s in open_bag(record(tmp_path / 'bag', fill))] == [RATE_HZ]


def test_messages_that_were_received_late_come_in_order_of_capture(tmp_path):
    """Each topic has a delay of its own, and some messages overtake others."""
    shuffled = list(FRAMES)
    for first in range(0, len(shuffled), 4):
        part = shuffled[first : first + 4]
        random.Random(first).shuffle(part)
        shuffled[first : first + 4] = part

    def fill(recorder):
        recorder.info(at(0))
        for number, sample in enumerate(shuffled):
            recorder.frame(sample, at(7 + number / 30))
        for number, sample in enumerate(CHUNKS):
            recorder.chunk(sample, at(2 + number / 20))

    assert_same(open_bag(record(tmp_path / 'bag', fill)), SAMPLES)


def test_a_loop_comes_once_after_the_other():
    looped = [*CHUNKS, *CHUNKS, *CHUNKS]
    spread = [replace(c, stamp_ns=at(number % 12)) for number, c in enumerate(looped)]
    found = list(in_order(spread))
    assert [jumps for jumps, _ in found] == [0] * 12 + [1] * 12 + [2] * 12
    assert [sample for _, sample in found] == spread


def test_pictures_and_sound_of_a_loop_stay_together(tmp_path):
    far = [replace(s, stamp_ns=at(5) + s.stamp_ns - START_NS) for s in SAMPLES]
    received_ns = iter(range(START_NS, START_NS + 1000))

    def fill(recorder):
        recorder.info(START_NS)
        for sample in [*SAMPLES, *far] * 2:
            write = recorder.frame if isinstance(sample, Frame) else recorder.chunk
            write(sample, next(received_ns))

    assert_same(open_bag(record(tmp_path / 'bag', fill)), [*SAMPLES, *far] * 2)


def test_a_bag_in_several_files_is_read_through(tmp_path):
    """As ros2 bag record splits it: one folder, one metadata file."""
    parts = []
    for number, half in enumerate((SAMPLES[:16], SAMPLES[16:])):
        folder = tmp_path / f'part_{number}'
        write_bag(folder, half, format=BagFormat(storage='mcap'))
        parts.append(folder)
    bag = parts[0]
    shutil.copy(parts[1] / 'part_1.mcap', bag / 'part_1.mcap')
    text = (bag / 'metadata.yaml').read_text()
    (bag / 'metadata.yaml').write_text(
        text.replace('- part_0.mcap', '- part_0.mcap\n  - part_1.mcap')
    )
    assert_same(open_bag(bag), SAMPLES)


def test_a_file_of_a_bag_is_a_bag(tmp_path):
    write_bag(tmp_path / 'bag', SAMPLES)
    assert is_bag(tmp_path / 'bag')
    assert is_bag(tmp_path / 'bag' / 'bag.mcap')
    assert not is_bag(tmp_path)
    assert_same(open_bag(tmp_path / 'bag' / 'bag.mcap'), SAMPLES)


def test_older_bags_without_definitions_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(
        'fer_ros.evaluation.bag_reading.Reader2',
        lambda path: WithoutDefinitions(path),
    )
    for family in AUDIO_FAMILIES:
        write_bag(tmp_path / family, SAMPLES, format=BagFormat(audio=family))
        assert_same(open_bag(tmp_path / family), SAMPLES)


class WithoutDefinitions:
    """A reader of a bag as Humble's sqlite3 writes it."""

    def __init__(self, path):
        from rosbags.rosbag2 import Reader

        self.reader = Reader(path)

    def __enter__(self):
        self.reader.open()
        return self

    def __exit__(self, *error):
        self.reader.close()

    @property
    def duration(self):
        return self.reader.duration

    @property
    def connections(self):
        none = MessageDefinition(MessageDefinitionFormat.NONE, '')
        return [c._replace(msgdef=none) for c in self.reader.connections]

    def messages(self, connections):
        return self.reader.messages(
            [c for c in self.reader.connections if c.topic in {d.topic for d in connections}]
        )


def test_bags_of_ros_1_are_read(tmp_path):
    types = get_typestore(Stores.ROS1_NOETIC)
    audio = {
        'AudioData': 'uint8[] data\n',
        'AudioDataStamped': 'std_msgs/Header header\naudio_common_msgs/AudioData audio\n',
        'AudioInfo': 'uint8 channels\nuint32 sample_rate\nstring sample_format\n'
        'uint32 bitrate\nstring coding_format\n',
    }
    for name, text in audio.items():
        types.register(get_types_from_msg(text, f'audio_common_msgs/msg/{name}'))
    with Writer1(tmp_path / 'old.bag') as writer:
        everything(Recorder(writer, types))
    assert_same(open_bag(tmp_path / 'old.bag'), SAMPLES)


def test_other_topics_do_not_matter(tmp_path):
    def fill(recorder):
        recorder.text(START_NS)
        everything(recorder)
        recorder.types = get_typestore(Stores.EMPTY)
        name, text = 'robot_msgs/msg/Secret', 'uint8 level\n'
        recorder.types.register(get_types_from_msg(text, name))
        recorder.write('/secret', recorder.make(name, level=1), at(1))

    assert_same(open_bag(record(tmp_path / 'bag', fill)), SAMPLES)


def test_of_several_topics_one_must_be_named(tmp_path):
    def fill(recorder):
        recorder.frame(FRAMES[0], topic='/front')
        recorder.frame(FRAMES[1], topic='/rear')

    path = record(tmp_path / 'bag', fill)
    with pytest.raises(BagError, match='pictures on several topics, name one: /front, /rear'):
        open_bag(path)
    assert_same(open_bag(path, Topics(image='/rear')), FRAMES[1:2])
    with pytest.raises(BagError, match='no pictures on /top; topics with pictures: /front, /rear'):
        open_bag(path, Topics(image='/top'))


def test_the_raw_pictures_are_taken_where_there_are_compressed_ones_too(tmp_path):
    def fill(recorder):
        recorder.frame(FRAMES[0])
        message = recorder.make(
            'sensor_msgs/msg/CompressedImage',
            header=recorder.header(START_NS),
            format='jpeg',
            data=np.zeros(3, np.uint8),
        )
        recorder.write('/camera/image_raw/compressed', message, START_NS)

    assert_same(open_bag(record(tmp_path / 'bag', fill)), FRAMES[:1])


def test_a_message_that_cannot_be_read_is_told_and_left_out(tmp_path):
    def fill(recorder):
        recorder.info(START_NS)
        for sample in CHUNKS[:2]:
            recorder.chunk(sample)
        recorder.writer.write(recorder.connections['/audio'], at(1), b'\x00\x01\x00\x00abc')
        recorder.frame(replace(FRAMES[0], stamp_ns=0), START_NS)

    heard = []
    path = record(tmp_path / 'bag', fill)
    assert_same(open_bag(path, on_error=lambda *error: heard.append(error)), CHUNKS[:2])
    texts = {topic: str(error) for topic, error in heard}
    assert '7 bytes are no audio_common_msgs/msg/AudioDataStamped' in texts['/audio']
    assert 'header.stamp is 0 ns' in texts['/camera/image_raw']


def test_a_bag_of_which_nothing_can_be_read_is_an_error(tmp_path):
    path = record(tmp_path / 'bag', lambda recorder: recorder.chunk(CHUNKS[0]))
    with pytest.raises(BagError, match='/audio: sound came before audio_info'):
        list(open_bag(path))


@pytest.mark.parametrize('storage', STORAGES)
def test_a_bag_without_pictures_and_sound_is_an_error(tmp_path, storage):
    path = record(tmp_path / 'bag', lambda recorder: recorder.text(START_NS), storage)
    with pytest.raises(BagError, match='neither pictures nor sound in it; topics: /rosout'):
        open_bag(path)


@pytest.mark.parametrize('name', ['cut.mcap', 'cut.db3', 'cut.bag'])
def test_a_broken_bag_is_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b'\x89MCAP0\r\n' + bytes(1000))
    with pytest.raises(BagError, match=f'{name}: cannot be read: ') as caught:
        list(open_bag(path))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('storage', STORAGES)
def test_a_bag_that_was_cut_off_is_one_line(tmp_path, storage):
    folder = record(tmp_path / 'bag', everything, storage)
    (content,) = (path for path in folder.iterdir() if path.suffix != '.yaml')
    whole = content.read_bytes()
    content.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BagError, match='cannot be read: ') as caught:
        list(open_bag(folder))
    assert '\n' not in str(caught.value)


def test_a_missing_bag_is_told():
    with pytest.raises(BagError, match='no such bag'):
        open_bag(Path('nowhere.mcap'))


@pytest.mark.parametrize('place', ['../other/other.db3', '{}/other/other.db3', '../other/../bag'])
def test_metadata_name_no_file_outside_of_the_bag(tmp_path, place):
    write_bag(tmp_path / 'other', SAMPLES, (), BagFormat(storage='sqlite3'))
    write_bag(tmp_path / 'bag', SAMPLES, (), BagFormat(storage='sqlite3'))
    metadata = tmp_path / 'bag' / 'metadata.yaml'
    own = next((tmp_path / 'bag').glob('*.db3')).name
    metadata.write_text(metadata.read_text().replace(own, place.format(tmp_path)))
    with pytest.raises(BagError):
        list(open_bag(tmp_path / 'bag'))


def test_metadata_with_a_topic_that_is_no_name_are_refused(tmp_path):
    write_bag(tmp_path / 'bag', SAMPLES, (), BagFormat(storage='sqlite3'))
    metadata = tmp_path / 'bag' / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace('name: /image', 'name: {a: b}', 1))
    with pytest.raises(BagError):
        open_bag(tmp_path / 'bag')
