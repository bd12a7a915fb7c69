"""Media files of others, opened so that they can only be what they seem.

FFmpeg goes by a file's content, not its name: a text called clip.mp4 can be a playlist, which has
it open other files and addresses.  So only formats that hold their pictures and sound themselves
are read, and nothing but that one file.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import av
import av.container

from fer_ros.picture_sizes import MAX_PIXELS

FORMATS = (
    *('aac', 'ac3', 'aiff', 'amr', 'asf', 'au', 'avi', 'caf', 'dv', 'flac', 'flv', 'gif', 'h264'),
    *('hevc', 'ivf', 'm4v', 'matroska', 'mjpeg', 'mov', 'mp3', 'mpeg', 'mpegts', 'mpegvideo'),
    *('mxf', 'nut', 'ogg', 'rm', 'w64', 'wav', 'webm', 'wv'),
)
"""FFmpeg's names of them."""
RATES_HZ = (4000, 384000)
"""Lowest and highest rate of sound; what is far outside would become huge at a usual rate."""
_OPTIONS = {'protocol_whitelist': 'file', 'format_whitelist': ','.join(FORMATS)}


def open_container(file: Path | BinaryIO) -> av.container.InputContainer:
    """The container in a file; its pictures have at most MAX_PIXELS.

    Raises av.error.FFmpegError where it cannot be read, also for another format.
    """
    source = str(file) if isinstance(file, Path) else file
    container = av.open(source, 'r', options=_OPTIONS, metadata_errors='ignore')
    for stream in container.streams.video:
        if stream.codec_context is not None:  # None: a codec that FFmpeg does not know
            stream.codec_context.options = {'max_pixels': str(MAX_PIXELS)}
    return container
