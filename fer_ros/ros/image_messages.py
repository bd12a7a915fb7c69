"""Pictures -> messages."""

from __future__ import annotations

import array

import cv2
from sensor_msgs.msg import CompressedImage, Image

from fer_ros.ros.encode import header
from fer_ros.types import Frame


def image_msg(frame: Frame) -> Image:
    """An rgb8 image; an array.array, because rclpy copies that without looking at each byte."""
    height, width, _ = frame.image.shape
    return Image(
        header=header(frame.stamp_ns, frame.frame_id),
        height=height,
        width=width,
        encoding='rgb8',
        step=3 * width,
        data=array.array('B', frame.image.tobytes()),
    )


def compressed_image_msg(frame: Frame, quality: int) -> CompressedImage:
    """A JPEG of a quality [1, 100]."""
    bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return CompressedImage(
        header=header(frame.stamp_ns, frame.frame_id),
        format='jpeg',
        data=array.array('B', data.tobytes()),
    )
