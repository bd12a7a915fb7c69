"""Pictures as cameras' drivers send them, without ROS: what decoding has to begin with."""

from __future__ import annotations

import array
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2

from fer_ros.decode import decode_compressed_image, decode_image
from fer_ros.types import NS_PER_S, Frame

JPEG_QUALITY = 90
_CONVERSIONS = {
    'rgb8': None,
    'bgr8': cv2.COLOR_RGB2BGR,
    'yuyv': cv2.COLOR_RGB2YUV_YUY2,
    'mono8': cv2.COLOR_RGB2GRAY,
}
JPEG = 'jpeg'
ENCODINGS = (*_CONVERSIONS, JPEG)


def message_of(frame: Frame, encoding: str) -> Any:
    """A frame as a message of one of ENCODINGS; 'jpeg' is a CompressedImage, the others Images."""
    sec, nanosec = divmod(frame.stamp_ns, NS_PER_S)
    stamp = SimpleNamespace(sec=sec, nanosec=nanosec)
    header = SimpleNamespace(stamp=stamp, frame_id=frame.frame_id)
    if encoding == JPEG:
        bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        _, data = cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        return SimpleNamespace(header=header, format=JPEG, data=array.array('B', data.tobytes()))
    conversion = _CONVERSIONS[encoding]
    image = frame.image if conversion is None else cv2.cvtColor(frame.image, conversion)
    height, width = image.shape[:2]
    return SimpleNamespace(
        header=header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=image.nbytes // height,
        data=array.array('B', image.tobytes()),
    )


def decoder(encoding: str) -> Callable[[Any], Frame]:
    """What the perception node decodes such messages with."""
    return decode_compressed_image if encoding == JPEG else decode_image
