"""Sound of both audio_common_msgs comes out the same, or as one clear error."""

import array
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.decode import DecodeError, decode_audio
from fer_ros.types import AudioChunk

SOUND = np.array([0.0, 0.5, -0.5, 0.25, -1.0, 0.75])


def header(sec=3, nanosec=5):
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id='mic')


def info(sample_format='S16LE', channels=1, rate_hz=16000, coding='wave'):
    return SimpleNamespace(
        channels=channels, sample_rate=rate_hz, sample_format=sample_format, bitrate=0,
        coding_format=coding,
    )  # fmt: skip


def stamped(data, **fields):
    """AudioDataStamped of ros-drivers."""
    values = {'header': header(), 'audio': SimpleNamespace(data=data)}
    return SimpleNamespace(**values | fields)


def complete(samples, number, channels=1, rate_hz=16000):
    """AudioStamped of mgonzs13."""
    names = {1: 'float32_data', 2: 'int32_data', 8: 'int16_data', 16: 'int8_data'}
    names[32] = 'uint8_data'
    data = {name: array.array('B') for name in names.values()}
    if number in names:
        data[names[number]] = samples
    about = SimpleNamespace(format=number, channels=channels, rate=rate_hz, chunk=len(samples))
    audio = SimpleNamespace(audio_data=SimpleNamespace(**data), info=about)
    return SimpleNamespace(header=header(), audio=audio)


def integers(bits):
    """SOUND as integers whose largest value is nearly 1."""
    return [round(value * 2 ** (bits - 1)) for value in SOUND]


PCM = {
    'S8': struct.pack('6b', *integers(8)),
    'U8': struct.pack('6B', *[value + 128 for value in integers(8)]),
    'S16LE': struct.pack('<6h', *integers(16)),
    'S16BE': struct.pack('>6h', *integers(16)),
    'S24LE': b''.join(struct.pack('<i', value)[:3] for value in integers(24)),
    'S32LE': struct.pack('<6i', *integers(32)),
    'F32LE': struct.pack('<6f', *SOUND),
    'F64LE': struct.pack('<6d', *SOUND),
}


@pytest.mark.parametrize('sample_format', PCM)
def test_every_sample_format_has_the_same_level(sample_format):
    chunk = decode_audio(stamped(PCM[sample_format]), info(sample_format))
    assert chunk.samples.tolist() == SOUND.tolist()
    assert chunk.samples.dtype == np.float32
    assert not chunk.samples.flags.writeable
    assert (chunk.stamp_ns, chunk.rate_hz) == (3_000_000_005, 16000)


@pytest.mark.parametrize(
    ('number', 'samples'),
    [
        (1, array.array('f', SOUND)),
        (2, array.array('i', integers(32))),
        (8, array.array('h', integers(16))),
        (16, array.array('b', integers(8))),
        (32, array.array('B', [value + 128 for value in integers(8)])),
        (8, np.array(integers(16), dtype=np.int16)),
        (8, integers(16)),
    ],
)
def test_messages_that_carry_their_format_need_no_info(number, samples):
    chunk = decode_audio(complete(samples, number))
    assert chunk.samples.tolist() == SOUND.tolist()
    assert chunk.rate_hz == 16000


def test_interleaved_channels_are_averaged():
    expected = [0.25, -0.125, -0.125]
    assert decode_audio(stamped(PCM['S16LE']), info(channels=2)).samples.tolist() == expected
    both = decode_audio(complete(array.array('f', SOUND), 1, channels=2))
    assert both.samples.tolist() == expected


@pytest.mark.parametrize('wrap', [bytes, list, lambda b: array.array('B', b), bytearray])
def test_data_may_be_any_sequence_of_bytes(wrap):
    chunk = decode_audio(stamped(wrap(PCM['S24LE'])), info('S24LE'))
    assert chunk.samples.tolist() == SOUND.tolist()


def test_samples_beyond_full_scale_are_clipped():
    chunk = decode_audio(stamped(struct.pack('<3f', 1.5, -2.0, 0.5)), info('F32LE'))
    assert chunk.samples.tolist() == [1.0, -1.0, 0.5]


@pytest.mark.parametrize(
    ('message', 'about', 'reason'),
    [
        (stamped(PCM['S16LE']), None, 'before audio_info'),
        (stamped(PCM['S16LE']), info(coding='mp3'), "coding_format 'mp3'.*wave"),
        (stamped(PCM['S16LE']), info('S12LE'), "sample_format 'S12LE' is not one of .*S16LE"),
        (stamped(PCM['S16LE']), info('F16LE'), "sample_format 'F16LE' is not one of"),
        (stamped(PCM['S16LE']), info('S64LE'), "sample_format 'S64LE'"),
        (stamped(PCM['S16LE'][:-1]), info(), '11 bytes are no whole number of 16-bit samples'),
        (stamped(PCM['S16LE']), info(channels=4), '6 samples for 4 channels'),
        (stamped(PCM['S16LE']), info(channels=0), '0 channels'),
        (stamped(PCM['S16LE']), info(rate_hz=0), 'rate 0 Hz'),
        (stamped(PCM['S16LE']), info(rate_hz=10**9), 'rate 1000000000 Hz'),
        (stamped(b''), info(), '0 samples'),
        (stamped(bytes(4000 * 61)), info('S8', rate_hz=4000), 'more than 60 s'),
        (stamped(struct.pack('<2f', 0.0, np.nan)), info('F32LE'), 'not finite'),
        (stamped(struct.pack('<2f', 0.0, np.inf)), info('F32LE'), 'not finite'),
        (stamped(struct.pack('<1d', 1e300)), info('F64LE'), 'not finite'),
        (stamped(PCM['S16LE'], header=header(0, 0)), info(), 'header.stamp'),
        (stamped(None), info(), 'not a message'),
        (complete(array.array('i', [1]), 4), None, 'info.format 4 is not one of'),
        (complete(array.array('f', [np.nan]), 1), None, 'not finite'),
        (complete([0.5, 'x'], 1), None, 'not a message'),
        (complete(array.array('f', SOUND), 1, rate_hz=-1), None, 'rate -1 Hz'),
        (SimpleNamespace(header=header()), info(), 'not a message'),
    ],
)
@pytest.mark.filterwarnings('error')
def test_what_is_wrong_is_named(message, about, reason):
    with pytest.raises(DecodeError, match=reason):
        decode_audio(message, about)


def check(message, about):
    try:
        chunk = decode_audio(message, about)
    except DecodeError:
        return
    assert isinstance(chunk, AudioChunk)
    assert chunk.samples.ndim == 1
    assert len(chunk.samples) > 0
    assert np.isfinite(chunk.samples).all()
    assert np.abs(chunk.samples).max() <= 1.0


FORMATS = st.sampled_from([*PCM, 'F32BE', 'S24BE', 'U16LE', 'x', ''])


@given(st.binary(max_size=200), FORMATS, st.integers(-1, 5), st.integers(-1, 200_000))
@settings(max_examples=300, deadline=None)
@pytest.mark.filterwarnings('error')
def test_any_bytes_give_a_chunk_or_a_decode_error(data, sample_format, channels, rate_hz):
    check(stamped(data), info(sample_format, channels, rate_hz))


@given(
    st.lists(st.floats(width=32) | st.integers(), max_size=30),
    st.sampled_from([0, 1, 2, 4, 8, 16, 32, 99]),
    st.integers(-1, 5),
)
@settings(max_examples=200, deadline=None)
@pytest.mark.filterwarnings('error')
def test_any_samples_give_a_chunk_or_a_decode_error(samples, number, channels):
    check(complete(samples, number, channels), None)
