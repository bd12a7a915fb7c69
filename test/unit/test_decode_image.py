"""Images of every encoding come out as the RGB picture they show, or as one clear error."""

import array
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.decode import DecodeError, decode_compressed_image, decode_image
from fer_ros.types import Frame

HEIGHT, WIDTH = 6, 8
RGB = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
GREY = RGB[..., 0]
SMOOTH = cv2.resize(RGB, (64, 48), interpolation=cv2.INTER_CUBIC)


def header(sec=3, nanosec=5):
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id='cam')


def image(pixels, encoding, *, padding=0, **fields):
    """A message of rows of pixels, each row followed by some bytes of padding."""
    rows = np.ascontiguousarray(pixels).reshape(len(pixels), -1).view(np.uint8)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    values = {
        'header': header(),
        'encoding': encoding,
        'height': len(pixels),
        'width': pixels.shape[1],
        'step': padded.shape[1],
        'is_bigendian': 0,
        'data': padded.tobytes(),
    }
    return SimpleNamespace(**values | fields)


def three(grey):
    return np.repeat(grey[..., None], 3, axis=2)


ALPHA = np.full((HEIGHT, WIDTH, 1), 9, dtype=np.uint8)
SIMPLE = {
    'rgb8': (RGB, RGB),
    'bgr8': (RGB[..., ::-1], RGB),
    '8UC3': (RGB[..., ::-1], RGB),
    'rgba8': (np.dstack([RGB, ALPHA]), RGB),
    'bgra8': (np.dstack([RGB[..., ::-1], ALPHA]), RGB),
    '8UC4': (np.dstack([RGB[..., ::-1], ALPHA]), RGB),
    'mono8': (GREY, three(GREY)),
    '8UC1': (GREY, three(GREY)),
    'mono16': (GREY.astype('<u2') * 257, three(GREY)),
    '16UC1': (GREY.astype('<u2') * 257, three(GREY)),
    'rgb16': (RGB.astype('<u2') * 257, RGB),
    'bgr16': (RGB[..., ::-1].astype('<u2') * 257, RGB),
}


@pytest.mark.parametrize('padding', [0, 3])
@pytest.mark.parametrize('encoding', SIMPLE)
def test_pixels_come_out_in_rgb(encoding, padding):
    pixels, expected = SIMPLE[encoding]
    frame = decode_image(image(pixels, encoding, padding=padding))
    assert np.array_equal(frame.image, expected)
    assert frame.image.dtype == np.uint8
    assert not frame.image.flags.writeable
    assert (frame.stamp_ns, frame.frame_id) == (3_000_000_005, 'cam')


@pytest.mark.parametrize('encoding', ['mono16', 'rgb16'])
def test_big_endian_is_heeded(encoding):
    pixels, expected = SIMPLE[encoding]
    frame = decode_image(image(pixels.astype('>u2'), encoding, is_bigendian=1))
    assert np.array_equal(frame.image, expected)


def mosaic(pattern, colour):
    """The Bayer mosaic of one flat colour; ``pattern`` names its first two rows."""
    values = dict(zip('rgb', colour, strict=True))
    tile = np.array([values[letter] for letter in pattern], dtype=np.uint8).reshape(2, 2)
    return np.tile(tile, (HEIGHT // 2, WIDTH // 2))


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_bayer_patterns_give_their_colour(pattern):
    frame = decode_image(image(mosaic(pattern, (200, 100, 30)), f'bayer_{pattern}8', padding=2))
    assert (frame.image == (200, 100, 30)).all()


def yuv422(order):
    """A picture in YUV 4:2:2, and what OpenCV's planar path makes of the same values."""
    yuv = cv2.cvtColor(SMOOTH, cv2.COLOR_RGB2YUV_I420)
    height, width = SMOOTH.shape[:2]
    y = yuv[:height]
    quarter = (height // 2, width // 2)
    u = yuv[height : height * 5 // 4].reshape(quarter).repeat(2, axis=0)
    v = yuv[height * 5 // 4 :].reshape(quarter).repeat(2, axis=0)
    packed = np.empty((height, width, 2), dtype=np.uint8)
    luma, chroma = (1, 0) if order == 'uyvy' else (0, 1)
    packed[..., luma] = y
    packed[:, 0::2, chroma], packed[:, 1::2, chroma] = u, v
    return packed, cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420)


@pytest.mark.parametrize(
    ('encoding', 'order'),
    [('uyvy', 'uyvy'), ('yuv422', 'uyvy'), ('yuyv', 'yuyv'), ('yuv422_yuy2', 'yuyv')],
)
def test_packed_yuv(encoding, order):
    packed, expected = yuv422(order)
    frame = decode_image(image(packed, encoding, padding=4))
    assert np.abs(frame.image.astype(int) - expected).max() <= 2


@pytest.mark.parametrize('encoding', ['nv12', 'nv21'])
def test_planar_yuv(encoding):
    yuv = cv2.cvtColor(SMOOTH, cv2.COLOR_RGB2YUV_I420)
    height, width = SMOOTH.shape[:2]
    chroma = yuv[height:].reshape(2, height // 2, width // 2)
    pair = chroma if encoding == 'nv12' else chroma[::-1]
    data = np.vstack([yuv[:height], np.moveaxis(pair, 0, -1).reshape(height // 2, width)])

    frame = decode_image(image(data, encoding, height=height, padding=6))

    assert np.array_equal(frame.image, cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420))


@pytest.mark.parametrize(
    'wrap', [bytes, bytearray, list, tuple, lambda b: array.array('B', b), np.array, memoryview]
)
def test_data_may_be_any_sequence_of_bytes(wrap):
    plain = image(RGB, 'rgb8')
    data = np.frombuffer(plain.data, dtype=np.uint8) if wrap is np.array else plain.data
    plain.data = wrap(data)
    assert np.array_equal(decode_image(plain).image, RGB)


def test_rgb_without_padding_is_not_copied():
    data = array.array('B', RGB.tobytes())
    frame = decode_image(image(RGB, 'rgb8', data=data))
    assert np.shares_memory(frame.image, np.frombuffer(data, dtype=np.uint8))


def test_the_last_row_needs_no_padding():
    message = image(RGB, 'rgb8', padding=5)
    message.data = message.data[:-5]
    assert np.array_equal(decode_image(message).image, RGB)


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'encoding': 'jpeg2000'}, "encoding 'jpeg2000' is not one of .*bgr8"),
        ({'encoding': '32FC1'}, "encoding '32FC1' is not one of"),
        ({'width': 0}, 'size 0 x 6'),
        ({'height': 70000}, 'size 8 x 70000'),
        ({'step': 0}, 'step 0 is less than the 24 bytes of a row'),
        ({'step': 23}, 'step 23'),
        ({'step': 2**31}, '144 bytes of data, but 6 rows need'),
        ({'data': b''}, '0 bytes of data, but 6 rows need 144'),
        ({'data': RGB.tobytes()[:-1]}, '143 bytes of data'),
        ({'data': [1, 2, 300]}, 'not a message'),
        ({'data': None}, 'not a message'),
        ({'header': header(0, 0)}, 'header.stamp is 0 ns'),
        ({'header': header(-5, 0)}, 'header.stamp is -5000000000 ns'),
        ({'header': header(2**31 - 1, 0)}, 'header.stamp is 2147483647000000000 ns'),
        ({'header': header(3, 2**32 - 1)}, 'header.stamp.nanosec is 4294967295'),
        ({'header': None}, 'not a message'),
    ],
)
def test_what_is_wrong_is_named(changes, reason):
    message = image(RGB, 'rgb8')
    vars(message).update(changes)
    with pytest.raises(DecodeError, match=reason):
        decode_image(message)


@pytest.mark.parametrize('encoding', ['uyvy', 'yuyv', 'nv12', 'nv21'])
def test_colour_shared_by_two_pixels_needs_an_even_width(encoding):
    pixels = np.zeros((9, 7, 2), dtype=np.uint8)
    with pytest.raises(DecodeError, match='even'):
        decode_image(image(pixels, encoding, height=6))


ENCODINGS = st.sampled_from(
    [*SIMPLE, 'bayer_rggb8', 'bayer_grbg8', 'uyvy', 'yuyv', 'nv12', 'nv21', 'nonsense']
)


@given(
    ENCODINGS,
    st.integers(-2, 20),
    st.integers(-2, 20),
    st.integers(-5, 200),
    st.integers(0, 1),
    st.binary(max_size=600),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_frame_or_a_decode_error(encoding, height, width, step, big, data):
    message = SimpleNamespace(
        header=header(), encoding=encoding, height=height, width=width, step=step,
        is_bigendian=big, data=data,
    )  # fmt: skip
    try:
        frame = decode_image(message)
    except DecodeError:
        return
    assert isinstance(frame, Frame)
    assert frame.image.shape == (height, width, 3)
    assert frame.image.dtype == np.uint8


def compressed(data, text='jpeg'):
    return SimpleNamespace(header=header(), format=text, data=data)


@pytest.mark.parametrize(
    ('suffix', 'text', 'tolerance'),
    [
        ('.jpg', 'bgr8; jpeg compressed bgr8', 40),
        ('.jpg', 'jpeg', 40),
        ('.png', 'rgb8; png compressed bgr8', 0),
        ('.webp', 'webp', 60),
    ],
)
def test_compressed_pictures_come_out_in_rgb(suffix, text, tolerance):
    data = cv2.imencode(suffix, cv2.cvtColor(SMOOTH, cv2.COLOR_RGB2BGR))[1]
    frame = decode_compressed_image(compressed(array.array('B', data.tobytes()), text))
    difference = np.abs(frame.image.astype(int) - SMOOTH)
    assert difference.max() <= tolerance
    assert difference.mean() <= tolerance / 8
    assert not frame.image.flags.writeable
    assert frame.stamp_ns == 3_000_000_005


def test_a_grey_jpeg_becomes_rgb():
    data = cv2.imencode('.png', GREY)[1]
    frame = decode_compressed_image(compressed(data.tobytes(), 'mono8; png compressed '))
    assert np.array_equal(frame.image, three(GREY))


@pytest.mark.parametrize('data', [b'', b'\xff\xd8\xff', b'GIF?', bytes(1000), [1, 2, 3], 'text'])
def test_what_is_no_picture_is_a_decode_error(data):
    with pytest.raises(DecodeError):
        decode_compressed_image(compressed(data))


PICTURES = [cv2.imencode(suffix, SMOOTH)[1].tobytes() for suffix in ('.jpg', '.png', '.webp')]


@given(st.sampled_from(PICTURES), st.integers(0, 3000), st.binary(max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_damaged_picture_gives_a_frame_or_a_decode_error(data, at, damage):
    try:
        frame = decode_compressed_image(compressed(data[:at] + damage + data[at + len(damage) :]))
    except DecodeError:
        return
    assert frame.image.ndim == 3
    assert frame.image.shape[2] == 3
