"""Pictures, sound files and videos as the samples that a camera and a microphone would give.

Stamps are the file's own presentation times, so pictures and sound keep their true relation,
also where the frame rate varies or one of the two begins later.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

from fer_ros import picture_sizes
from fer_ros.containers import RATES_HZ, open_container
from fer_ros.resources import share_file
from fer_ros.types import NS_PER_S, AudioChunk, FloatArray, Frame, ImageArray, read_only

_NS_PER_US = 1_000


class MediaError(ValueError):
    """A file that is missing, or in which no pictures and no sound can be read."""


def sample_path() -> Path:
    """The clip that comes with the package: a face and a voice.  Raises MediaError."""
    try:
        return share_file('samples/sample.mp4')
    except FileNotFoundError as error:
        raise MediaError(f'the bundled sample is missing: {error}') from error


def open_media(path: Path, start_ns: int = 0) -> Iterator[Frame | AudioChunk]:
    """The frames and the sound of a file in order of their stamps; sound first where equal.

    ``start_ns`` is the stamp of the file's beginning.  A picture is one frame.  Frames are
    upright, as the file says how the camera was held.  Sound is the mean of its channels at the
    file's own rate, in chunks as they were encoded.  A broken packet is left out.  Raises
    MediaError at once for a file that cannot be opened, and in the end for one of which nothing
    could be decoded.
    """
    if path.is_dir():
        raise MediaError(f'{path}: a folder, and a file is wanted')
    if not path.is_file():
        raise MediaError(f'{path}: no such file')
    if cv2.haveImageReader(str(path)):
        return iter([_picture(path, start_ns)])
    with _opened(path) as container:
        indices = [stream.index for stream in _streams(container)]
    if not indices:
        raise MediaError(f'{path}: neither pictures nor sound in it')
    # Each stream is read through a container of its own: then merging needs no buffering, however
    # far apart the file keeps pictures and sound of one moment.
    streams = [_samples(path, index, start_ns) for index in indices]
    return _not_nothing(path, heapq.merge(*streams, key=lambda sample: sample.stamp_ns))


def _not_nothing(
    path: Path, samples: Iterator[Frame | AudioChunk]
) -> Iterator[Frame | AudioChunk]:
    first = next(samples, None)
    if first is None:
        raise MediaError(f'{path}: nothing in it can be decoded')
    yield first
    yield from samples


def _picture(path: Path, start_ns: int) -> Frame:
    try:
        content = path.read_bytes()
        picture_sizes.check(content)
        # turned upright as its EXIF data say
        bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except picture_sizes.PictureSizeError as error:
        raise MediaError(f'{path}: the picture cannot be decoded: {error}') from error
    except cv2.error as error:
        raise MediaError(f'{path}: {error.err}') from error
    if bgr is None:
        raise MediaError(f'{path}: the picture cannot be decoded')
    rgb: ImageArray = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return Frame(start_ns, '', read_only(rgb))


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return open_container(path)
    except av.error.FFmpegError as error:
        raise MediaError(f'{path}: cannot be read: {error.strerror}') from error


def _streams(container: av.container.InputContainer) -> list[AudioStream | VideoStream]:
    """The first stream of sound and of pictures; the cover of a piece of music is none."""
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    return [*container.streams.audio[:1], *moving[:1]]


def _samples(path: Path, index: int, start_ns: int) -> Iterator[Frame | AudioChunk]:
    """The samples of one stream."""
    with _opened(path) as container:
        stream: Any = container.streams[index]
        # broadcasts do not begin at 0
        origin_ns = start_ns - (container.start_time or 0) * _NS_PER_US
        convert = _frame if stream.type == 'video' else _chunk
        rate = getattr(stream, 'average_rate', None)
        next_ns = start_ns
        for decoded in _decoded(container, stream):
            # a format without times (raw H.264) is played evenly
            stamp_ns = next_ns
            if decoded.pts is not None:
                stamp_ns = origin_ns + round(decoded.pts * decoded.time_base * NS_PER_S)
            sample = convert(decoded, stamp_ns)
            if isinstance(sample, AudioChunk):
                next_ns = sample.end_ns
            elif rate:
                next_ns = stamp_ns + round(NS_PER_S / rate)
            yield sample


def _decoded(container: av.container.InputContainer, stream: Any) -> Iterator[Any]:
    packets = container.demux(stream)
    while True:
        try:
            yield from next(packets).decode()
        except StopIteration:
            return
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            continue


def _frame(decoded: av.VideoFrame, stamp_ns: int) -> Frame:
    # one thread: threads wait for each other longer than a picture takes
    image: ImageArray = decoded.to_ndarray(format='rgb24', threads=1)  # type: ignore[assignment]
    turns = round(decoded.rotation / 90) % 4  # counter-clockwise, as NumPy counts too
    if turns:
        image = np.ascontiguousarray(np.rot90(image, turns))
    return Frame(stamp_ns, '', read_only(image))


def _chunk(decoded: av.AudioFrame, stamp_ns: int) -> AudioChunk:
    if not RATES_HZ[0] <= decoded.sample_rate <= RATES_HZ[1]:
        raise MediaError(f'sound of {decoded.sample_rate} Hz is outside {list(RATES_HZ)}')
    to_float = av.AudioResampler(format='fltp', layout=decoded.layout, rate=decoded.sample_rate)
    channels: list[FloatArray] = [
        np.asarray(part.to_ndarray(), dtype=np.float32) for part in to_float.resample(decoded)
    ]
    mono: FloatArray = np.concatenate(channels, axis=1).mean(axis=0)
    finite = np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
    return AudioChunk(stamp_ns, decoded.sample_rate, read_only(np.clip(finite, -1.0, 1.0)))
