"""Pictures as no camera should send them, and as some do."""

from __future__ import annotations

import array

import cv2
import numpy as np
from fault_senses import image_of
from fault_table import Fault, cases

REFUSED = 'counted with its reason'
READ = 'the face is read'


def bad(name, why, **fields):
    """A picture with fields that contradict each other."""

    def inject(robot):
        stamp_ns = robot.senses.now_ns()
        image = robot.senses.face(stamp_ns, **fields)
        return robot.refused('image', lambda: robot.senses.images.publish(image), why)

    return Fault(name, REFUSED, inject)


def encoded(name, pixels_of, encoding=None, **fields):
    """The good picture in another encoding."""

    def inject(robot):
        pixels = pixels_of(robot.senses.material.image)
        return robot.until_face(
            lambda stamp_ns: image_of(pixels, encoding or name, stamp_ns, **fields)
        )

    return Fault(name, READ, inject)


def bgr(image):
    return image[..., ::-1]


def with_alpha(image):
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


def grey(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def uyvy(image):
    yuv = cv2.cvtColor(image, cv2.COLOR_RGB2YUV)
    packed = np.empty((*image.shape[:2], 2), np.uint8)
    packed[..., 1] = yuv[..., 0]
    packed[:, 0::2, 0] = yuv[:, 0::2, 1]
    packed[:, 1::2, 0] = yuv[:, 0::2, 2]
    return packed


def mosaic(image):
    """The colours that an RGGB sensor has."""
    raw = image[..., 1].copy()
    raw[0::2, 0::2] = image[0::2, 0::2, 0]
    raw[1::2, 1::2] = image[1::2, 1::2, 2]
    return raw


def big_endian(image):
    return (image.astype(np.uint16) * 257).astype('>u2')


SIZES = ((1, 1), (2, 2), (1, 1500), (1500, 1), (7, 5), (320, 240), (641, 479), (1920, 1080))
"""Width and height."""


def changing_sizes(robot):
    """Wait for each to be taken, so that none is replaced by the next."""

    def send():
        for width, height in SIZES:
            small = cv2.resize(robot.senses.material.image, (width, height))
            robot.until_processed(lambda at, small=small: image_of(small, stamp_ns=at))

    return robot.tolerated(('image', 'pipeline'), send)


def turned(robot):
    def send():
        for turns in (1, 2, 3, 0):
            pixels = np.rot90(robot.senses.material.image, turns)
            robot.until_processed(lambda at, pixels=pixels: image_of(pixels, stamp_ns=at))

    return robot.tolerated(('image', 'pipeline'), send)


FAULTS = [
    bad('size of zero', 'size 0 x 0', height=0, width=0, step=0, data=array.array('B')),
    bad('width of zero', 'size 0', width=0),
    bad('a size that no camera has', 'outside', height=100000),
    bad('step smaller than a row', 'step', step=10),
    bad('step larger than the data', 'rows need', step=4_000_000_000),
    bad('data cut off', 'rows need', data=array.array('B', bytes(1000))),
    bad('no data', 'rows need', data=array.array('B')),
    bad('height that promises more rows', 'rows need', height=4000),
    bad('encoding unknown', "encoding 'cmyk42'", encoding='cmyk42'),
    bad('encoding empty', "encoding ''", encoding=''),
    bad('encoding of depth', '32FC1', encoding='32FC1'),
    bad('encoding of more bytes than there are', 'less than', encoding='rgb16'),
    bad('odd width of yuv422', 'even', encoding='yuv422', width=351),
    encoded('bgr8', bgr),
    encoded('rgba8', with_alpha),
    encoded('bgra8', lambda image: with_alpha(bgr(image))),
    encoded('mono8', grey),
    encoded('yuv422', uyvy),
    encoded('bayer_rggb8', mosaic),
    encoded('rgb16', lambda image: image.astype(np.uint16) * 257),
    encoded('mono16, big-endian', lambda i: big_endian(grey(i)), 'mono16', is_bigendian=1),
    Fault('sizes from 1 x 1 to 1920 x 1080, one after another', 'no error', changing_sizes),
    Fault('turned by 90, 180 and 270 degrees', 'no error', turned),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Pictures', fault, robot)
