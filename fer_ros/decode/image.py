"""sensor_msgs/Image and CompressedImage -> Frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros import picture_sizes
from fer_ros.decode.fields import DecodeError, as_bytes, only_decode_errors, stamp_ns
from fer_ros.types import Frame, ImageArray, read_only

MAX_EDGE = 16384
"""Pixels along an edge; a larger picture is not one of a camera."""


@dataclass(frozen=True)
class _Encoding:
    """How the pixels of an encoding lie in memory, and how cv2 turns them to RGB."""

    channels: int
    to_rgb: int | None = None
    bytes_per_channel: int = 1


_ENCODINGS = {
    'rgb8': _Encoding(3),
    '8UC3': _Encoding(3, cv2.COLOR_BGR2RGB),
    'bgr8': _Encoding(3, cv2.COLOR_BGR2RGB),
    'rgba8': _Encoding(4, cv2.COLOR_RGBA2RGB),
    'bgra8': _Encoding(4, cv2.COLOR_BGRA2RGB),
    '8UC4': _Encoding(4, cv2.COLOR_BGRA2RGB),
    'mono8': _Encoding(1, cv2.COLOR_GRAY2RGB),
    '8UC1': _Encoding(1, cv2.COLOR_GRAY2RGB),
    'mono16': _Encoding(1, cv2.COLOR_GRAY2RGB, 2),
    '16UC1': _Encoding(1, cv2.COLOR_GRAY2RGB, 2),
    'rgb16': _Encoding(3, None, 2),
    'bgr16': _Encoding(3, cv2.COLOR_BGR2RGB, 2),
    'uyvy': _Encoding(2, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422': _Encoding(2, cv2.COLOR_YUV2RGB_UYVY),
    'yuyv': _Encoding(2, cv2.COLOR_YUV2RGB_YUYV),
    'yuv422_yuy2': _Encoding(2, cv2.COLOR_YUV2RGB_YUYV),
    # cv2 names a Bayer pattern by its second row, ROS by its first
    'bayer_rggb8': _Encoding(1, cv2.COLOR_BayerBG2RGB),
    'bayer_bggr8': _Encoding(1, cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg8': _Encoding(1, cv2.COLOR_BayerGR2RGB),
    'bayer_grbg8': _Encoding(1, cv2.COLOR_BayerGB2RGB),
}
_PLANAR = {'nv12': cv2.COLOR_YUV2RGB_NV12, 'nv21': cv2.COLOR_YUV2RGB_NV21}
"""Half as many rows of colour follow the rows of brightness."""


@only_decode_errors
def decode_image(message: Any) -> Frame:
    """A sensor_msgs/Image as a Frame.

    Raises DecodeError for an unknown encoding, a size of zero, and data or rows that are
    shorter than the size says.
    """
    encoding = str(message.encoding)
    if encoding in _PLANAR:
        rgb = _planar(message, _PLANAR[encoding])
    elif encoding in _ENCODINGS:
        rgb = _packed(message, _ENCODINGS[encoding])
    else:
        known = ', '.join(sorted({*_ENCODINGS, *_PLANAR}))
        raise DecodeError(f'encoding {encoding!r} is not one of {known}')
    return Frame(stamp_ns(message), str(message.header.frame_id), read_only(rgb))


@only_decode_errors
def decode_compressed_image(message: Any) -> Frame:
    """A sensor_msgs/CompressedImage as a Frame.

    Raises DecodeError for what is no JPEG, PNG or WebP, and for more than
    picture_sizes.MAX_LIVE_PIXELS.
    """
    data = as_bytes(message.data)
    try:
        picture_sizes.check(data.tobytes(), picture_sizes.LIVE, picture_sizes.MAX_LIVE_PIXELS)
    except picture_sizes.PictureSizeError as error:
        raise DecodeError(f'{error} (format {message.format!r})') from error
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise DecodeError(f'data are no picture: {error.err}') from error
    if bgr is None:
        raise DecodeError(f'{len(data)} bytes of format {message.format!r} are no picture')
    rgb: ImageArray = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return Frame(stamp_ns(message), str(message.header.frame_id), read_only(rgb))


def _packed(message: Any, encoding: _Encoding) -> ImageArray:
    height, width = _size(message)
    row = width * encoding.channels * encoding.bytes_per_channel
    bytes_ = _rows(message, height, row).reshape(height, width, encoding.channels, -1)
    # of two bytes only the more significant one is kept
    pixels = bytes_[..., 0 if message.is_bigendian else -1]
    if encoding.channels == 2 and width % 2:
        raise DecodeError(f'width {width} must be even for encoding {message.encoding!r}')
    if encoding.to_rgb is None:
        return np.ascontiguousarray(pixels)
    try:
        rgb: ImageArray = cv2.cvtColor(  # type: ignore[assignment]
            np.ascontiguousarray(pixels), encoding.to_rgb
        )
    except cv2.error as error:
        raise DecodeError(f'{width} x {height} {message.encoding}: {error.err}') from error
    return rgb


def _planar(message: Any, to_rgb: int) -> ImageArray:
    height, width = _size(message)
    if height % 2 or width % 2:
        raise DecodeError(f'size {width} x {height} must be even for {message.encoding!r}')
    rows = _rows(message, height * 3 // 2, width)
    rgb: ImageArray = cv2.cvtColor(  # type: ignore[assignment]
        np.ascontiguousarray(rows), to_rgb
    )
    return rgb


def _size(message: Any) -> tuple[int, int]:
    height, width = int(message.height), int(message.width)
    if not (0 < height <= MAX_EDGE and 0 < width <= MAX_EDGE):
        raise DecodeError(f'size {width} x {height} is outside 1 x 1 to {MAX_EDGE} x {MAX_EDGE}')
    return height, width


def _rows(message: Any, count: int, row: int) -> npt.NDArray[np.uint8]:
    """``count`` rows of ``row`` bytes, without the padding that ``step`` adds; not copied."""
    data, step = as_bytes(message.data), int(message.step)
    if step < row:
        raise DecodeError(f'step {step} is less than the {row} bytes of a row')
    needed = (count - 1) * step + row
    if len(data) < needed:
        raise DecodeError(f'{len(data)} bytes of data, but {count} rows need {needed}')
    strided = np.lib.stride_tricks.as_strided(data, (count, row), (step, 1), writeable=False)
    result: npt.NDArray[np.uint8] = strided
    return result
