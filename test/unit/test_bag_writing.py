from dataclasses import dataclass, replace

import numpy as np
import pytest
import yaml
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability

from fer_ros.decode import decode_audio, decode_compressed_image, decode_image
from fer_ros.evaluation.bag_messages import AUDIO_FAMILIES, MGONZS13, ROS_DRIVERS, message_types
from fer_ros.evaluation.bag_samples import BagFormat, LabelChange
from fer_ros.evaluation.bag_writing import STORAGES, BagWritingError, write_bag
from fer_ros.types import NS_PER_S, AudioChunk, Frame

START_NS = 1_000 * NS_PER_S
RATE_HZ = 8000


def frame(at_s, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (12, 20, 3), dtype=np.uint8)
    return Frame(START_NS + round(at_s * NS_PER_S), '', image)


def chunk(at_s, seed=0, count=100):
    rng = np.random.default_rng(seed)
    samples = rng.uniform(-1, 1, count).astype(np.float32)
    return AudioChunk(START_NS + round(at_s * NS_PER_S), RATE_HZ, samples)


SAMPLES = [chunk(-0.001, 1), frame(0.0, 2), chunk(0.0115, 3), frame(0.0333333, 4)]
LABELS = [LabelChange(START_NS, 'happy', 0.5), LabelChange(START_NS + NS_PER_S, '')]


@dataclass
class Content:
    samples: list
    labels: list
    topics: dict
    received: list


def read(folder, family=ROS_DRIVERS):
    """All that is in a bag, by a reader that is not ours."""
    content, info = Content([], [], {}, []), None
    with AnyReader([folder], default_typestore=message_types(family)) as reader:
        for connection in reader.connections:
            content.topics[connection.topic] = connection
        for connection, time_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            name = connection.msgtype.rpartition('/')[2]
            content.received.append((name, time_ns))
            if name == 'Image':
                content.samples.append(decode_image(message))
            elif name == 'CompressedImage':
                content.samples.append(decode_compressed_image(message))
            elif name == 'AudioInfo':
                info = message
            elif name == 'Expression':
                content.labels.append(message)
            else:
                content.samples.append(decode_audio(message, info))
    content.samples.sort(key=lambda sample: sample.stamp_ns)
    return content


def values(sample):
    return sample.image if isinstance(sample, Frame) else sample.samples


def assert_same(read_samples, written):
    assert [type(sample) for sample in read_samples] == [type(sample) for sample in written]
    assert [sample.stamp_ns for sample in read_samples] == [each.stamp_ns for each in written]
    for got, expected in zip(read_samples, written, strict=True):
        np.testing.assert_array_equal(values(got), values(expected))


@pytest.mark.parametrize('family', AUDIO_FAMILIES)
@pytest.mark.parametrize('images', ['raw', 'png'])
@pytest.mark.parametrize('compress', [False, True])
@pytest.mark.parametrize('storage', STORAGES)
def test_what_was_written_is_read(tmp_path, storage, compress, images, family):
    form = BagFormat(storage=storage, compress=compress, images=images, audio=family)
    assert write_bag(tmp_path / 'bag', SAMPLES, LABELS, form) == len(SAMPLES)
    content = read(tmp_path / 'bag', family)
    assert_same(content.samples, SAMPLES)
    assert [message.expression for message in content.labels] == ['happy', '']
    assert [message.header.stamp.sec for message in content.labels] == [1000, 1001]
    assert content.labels[0].valence == 0.5
    assert np.isnan(content.labels[0].arousal)


def test_jpeg_loses_little(tmp_path):
    smooth = np.tile(np.arange(0, 240, 2, dtype=np.uint8)[None, :, None], (90, 1, 3))
    write_bag(tmp_path / 'bag', [Frame(START_NS, '', smooth)], (), BagFormat(images='jpeg'))
    (sample,) = read(tmp_path / 'bag').samples
    assert np.abs(sample.image.astype(int) - smooth).mean() < 2


def test_topics_are_the_ones_of_the_nodes(tmp_path):
    write_bag(tmp_path / 'raw', SAMPLES, LABELS)
    assert set(read(tmp_path / 'raw').topics) == {'/image', '/audio', '/audio_info', '/labels'}
    form = BagFormat(images='png', audio=MGONZS13)
    write_bag(tmp_path / 'png', SAMPLES, (), form)
    assert set(read(tmp_path / 'png', MGONZS13).topics) == {'/image/compressed', '/audio'}


def test_the_format_of_sound_is_latched_and_comes_first(tmp_path):
    write_bag(tmp_path / 'bag', SAMPLES)
    content = read(tmp_path / 'bag')
    (quality,) = content.topics['/audio_info'].ext.offered_qos_profiles
    assert quality.durability == QosDurability.TRANSIENT_LOCAL
    names = [name for name, _ in content.received]
    assert names.index('AudioInfo') < names.index('AudioDataStamped')


def test_sound_is_received_when_its_end_was_heard(tmp_path):
    write_bag(tmp_path / 'bag', SAMPLES)
    received = read(tmp_path / 'bag').received
    times = [time_ns for name, time_ns in received if name == 'AudioDataStamped']
    assert times == [sample.end_ns for sample in SAMPLES if isinstance(sample, AudioChunk)]


def test_a_change_of_the_rate_is_told(tmp_path):
    other = replace(chunk(0.1), rate_hz=16000)
    write_bag(tmp_path / 'bag', [chunk(0), other])
    assert [sample.rate_hz for sample in read(tmp_path / 'bag').samples] == [8000, 16000]


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_a_run_that_is_stopped_leaves_nothing(tmp_path, error):
    def stopped():
        yield from SAMPLES
        raise error

    with pytest.raises(error):
        write_bag(tmp_path / 'bag', stopped())
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write_is_an_error(tmp_path):
    with pytest.raises(BagWritingError, match='no pictures and no sound'):
        write_bag(tmp_path / 'bag', [])
    assert list(tmp_path.iterdir()) == []


def test_a_bag_is_replaced_only_if_asked(tmp_path):
    folder = tmp_path / 'bag'
    write_bag(folder, SAMPLES)
    with pytest.raises(BagWritingError, match='--force'):
        write_bag(folder, SAMPLES[:1])
    assert_same(read(folder).samples, SAMPLES)
    write_bag(folder, SAMPLES[:2], replace=True)
    assert_same(read(folder).samples, SAMPLES[:2])
    assert list(tmp_path.iterdir()) == [folder]


def test_a_bag_that_cannot_be_replaced_stays(tmp_path):
    folder = tmp_path / 'bag'
    write_bag(folder, SAMPLES)

    def broken():
        raise RuntimeError
        yield

    with pytest.raises(RuntimeError):
        write_bag(folder, broken(), replace=True)
    assert_same(read(folder).samples, SAMPLES)


def test_what_is_no_bag_is_never_replaced(tmp_path):
    (tmp_path / 'bag').mkdir()
    (tmp_path / 'bag' / 'thesis.tex').write_text('years of work')
    with pytest.raises(BagWritingError, match='is no bag'):
        write_bag(tmp_path / 'bag', SAMPLES, replace=True)
    assert (tmp_path / 'bag' / 'thesis.tex').read_text() == 'years of work'


@pytest.mark.parametrize('storage', STORAGES)
def test_the_metadata_name_the_files(tmp_path, storage):
    write_bag(tmp_path / 'bag', SAMPLES, (), BagFormat(storage=storage))
    content = yaml.safe_load((tmp_path / 'bag' / 'metadata.yaml').read_text())
    (name,) = content['rosbag2_bagfile_information']['relative_file_paths']
    assert name.startswith('bag.')
    assert (tmp_path / 'bag' / name).is_file()


def test_compression_makes_it_smaller(tmp_path):
    dull = [Frame(START_NS, '', np.zeros((200, 200, 3), np.uint8))]
    sizes = []
    for storage in STORAGES:
        for compress in (False, True):
            folder = tmp_path / f'{storage}{compress}'
            write_bag(folder, dull, (), BagFormat(storage=storage, compress=compress))
            sizes.append(sum(path.stat().st_size for path in folder.iterdir()))
    assert sizes[1] < sizes[0] / 5
    assert sizes[3] < sizes[2] / 2  # the database itself has a size
