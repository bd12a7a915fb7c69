import struct
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fer_ros import picture_sizes
from fer_ros.decode import DecodeError, decode_compressed_image
from fer_ros.picture_sizes import PictureSizeError
from fer_ros.sources import MediaError, open_media

GREY = np.zeros((37, 53), np.uint8)
SUFFIXES = ('.jpg', '.png', '.webp', '.bmp', '.pgm', '.gif', '.tiff')


def encoded(suffix, image=GREY, *flags):
    return cv2.imencode(suffix, image, flags)[1].tobytes()


def png(width, height):
    """What a bomb of so many pixels begins with."""
    header = b'IHDR' + struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    checked = header + struct.pack('>I', zlib.crc32(header))
    return b'\x89PNG\r\n\x1a\n' + struct.pack('>I', 13) + checked


def jpeg(width, height):
    data = bytearray(encoded('.jpg'))
    at = data.index(b'\xff\xc0') + 5
    data[at : at + 4] = struct.pack('>HH', height, width)
    return bytes(data)


@pytest.mark.parametrize('inserted', [b'\xff\x01', b'\xff\xd3', b'\xff\0', b'\xff\xda', b'\0'])
def test_no_segment_hides_the_size_that_a_decoder_finds(inserted):
    """A decoder passes over a marker without a length, and a length must not be seen there."""
    large, small = jpeg(65500, 500), jpeg(8, 8)
    hidden = b'\xff\xfe' + (len(large) + 2).to_bytes(2, 'big')
    data = large[:2] + inserted + hidden + large[2:] + small[2:]
    with pytest.raises(PictureSizeError):
        picture_sizes.check(data)


def test_a_comment_ends_where_cv2_ends_it():
    with pytest.raises(PictureSizeError, match='99999 x 99999'):
        picture_sizes.check(b'P5 #\r 99999 99999 255\n 5 5 255\n')


@pytest.mark.parametrize('suffix', SUFFIXES)
def test_the_size_is_that_which_cv2_finds(suffix, monkeypatch):
    colour = np.zeros((*GREY.shape, 3), np.uint8)
    for image in [GREY] * (suffix != '.gif') + [colour] * (suffix != '.pgm'):
        monkeypatch.setattr(picture_sizes, 'MAX_PIXELS', GREY.size)
        picture_sizes.check(encoded(suffix, image))
        monkeypatch.setattr(picture_sizes, 'MAX_PIXELS', GREY.size - 1)
        with pytest.raises(PictureSizeError, match='53 x 37 pixels are more than 1960'):
            picture_sizes.check(encoded(suffix, image))


def test_the_other_kinds_of_webp_are_known(monkeypatch):
    lossy = encoded('.webp', np.zeros((37, 53, 3), np.uint8), cv2.IMWRITE_WEBP_QUALITY, 50)
    assert lossy[12:16] == b'VP8 '
    canvas = b'RIFF\0\0\0\0WEBPVP8X' + bytes(8) + b'\x34\0\0' + b'\x24\0\0'
    monkeypatch.setattr(picture_sizes, 'MAX_PIXELS', 1)
    for data in (lossy, canvas):
        with pytest.raises(PictureSizeError, match='53 x 37'):
            picture_sizes.check(data)


@pytest.mark.parametrize('data', [png(30000, 30000), png(2**31, 2**31), jpeg(65500, 65500)])
def test_a_bomb_is_refused_wherever_it_comes_from(data, tmp_path):
    stamp = SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='camera')
    with pytest.raises(DecodeError, match='pixels are more than'):
        decode_compressed_image(SimpleNamespace(header=stamp, format='png', data=data))
    path = tmp_path / 'bomb.png'
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r'bomb\.png: .* pixels are more than'):
        open_media(path)


@pytest.mark.parametrize(
    ('data', 'reason'),
    [
        (b'', '0 bytes are none of JPEG, PNG, WebP'),
        (b'#?RADIANCE\n', 'none of'),
        (b'v/1\x01' + bytes(100), 'none of'),
        (b'\xff\xd8\xff', 'too few'),
        (b'\xff\xd8\xff\xe0\0\0' * 2000, 'does not say its size'),
        (encoded('.jpg')[:20], 'too few'),
        (png(0, 5), 'does not say its size'),
        (b'RIFF\0\0\0\0WEBPVP9 ' + bytes(20), 'does not say its size'),
        (b'P5 # no end', 'does not say its size'),
        (b'II*\0\xff\xff\xff\xff', 'too few'),
    ],
)
def test_what_says_no_size_is_refused(data, reason):
    with pytest.raises(PictureSizeError, match=reason):
        picture_sizes.check(data)


def test_cameras_send_few_formats():
    for suffix in ('.bmp', '.tiff', '.gif', '.pgm'):
        image = np.zeros((37, 53, 3), np.uint8) if suffix == '.gif' else GREY
        with pytest.raises(PictureSizeError, match='none of JPEG, PNG, WebP'):
            picture_sizes.check(encoded(suffix, image), picture_sizes.LIVE)
