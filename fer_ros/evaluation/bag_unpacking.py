"""Compressed bags of strangers, unpacked with a limit.

A megabyte of Zstandard can mean thirty gigabytes.  The library rosbags unpacks chunks, messages
and files whole, and offers no limit; what it unpacks with is therefore exchanged here for
functions that stop.  They give the same for everything that is not larger.
"""

from __future__ import annotations

import bz2
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal

import lz4.frame
from rosbags.rosbag1 import reader as rosbag1
from rosbags.rosbag2 import reader as rosbag2
from rosbags.rosbag2 import storage_mcap

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_UNPACKED = 2**30
"""Bytes of one chunk or message, and of all chunks of one moment; recorders close a chunk after
about a megabyte, so a larger one has one larger message."""
TEMPORARY_SHARE = 0.5
"""Of what is free in the temporary folder, where bags compressed as files are unpacked."""


class UnpackingError(ValueError):
    """Compressed data that are broken, or become larger than anybody records."""


MakeStream = Callable[[], Any]
"""The class of bz2, lz4 or zstd that unpacks one stream bit by bit; they are alike."""


def unpack(data: bytes, make: MakeStream, limit: int | None = None) -> bytes:
    """What compressed data become, be it one stream or several one after another.

    Raises UnpackingError as soon as that is more than ``limit`` bytes, by default MAX_UNPACKED.
    """
    limit = MAX_UNPACKED if limit is None else limit
    parts: list[bytes] = []
    rest, left = bytes(data), limit
    while rest:
        stream = make()
        parts.append(stream.decompress(rest, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise UnpackingError(f'{len(data)} compressed bytes become more than {limit}')
        if not stream.eof:
            raise UnpackingError(f'{len(data)} compressed bytes end too early')
        rest = stream.unused_data or b''
    return b''.join(parts)


def check_chunks(chunks: Iterable[Any]) -> None:
    """Refuse an mcap whose chunks of one moment, which are unpacked together, are too large.

    ``chunks`` have their sizes and times as their file says.  Raises UnpackingError.
    """
    changes = []
    for chunk in chunks:
        changes.append((chunk.message_start_time, chunk.uncompressed_size))
        changes.append((chunk.message_end_time + 1, -chunk.uncompressed_size))
    together = 0
    for _, change in sorted(changes):
        together += change
        if together > MAX_UNPACKED:
            raise UnpackingError(f'chunks of one moment become more than {MAX_UNPACKED} bytes')


class _LimitedFile(zstd.ZstdFile):
    """A file that is unpacked to the temporary folder, until too much of that is taken."""

    def __init__(self, file: Any, mode: Literal['rb']) -> None:
        super().__init__(file, mode)
        self._left = int(TEMPORARY_SHARE * shutil.disk_usage(tempfile.gettempdir()).free)

    def read(self, size: int | None = -1) -> bytes:
        content: bytes = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            folder = tempfile.gettempdir()
            raise UnpackingError(
                f'it becomes larger than {TEMPORARY_SHARE:.0%} of what is free in {folder}; '
                'TMPDIR names another folder'
            )
        return content


def _unpack_chunk(data: bytes, size: int, make: MakeStream) -> bytes:
    return unpack(data, make, min(size, MAX_UNPACKED))


storage_mcap.DECOMPRESSORS.update(
    zstd=partial(_unpack_chunk, make=zstd.ZstdDecompressor),
    lz4=partial(_unpack_chunk, make=lz4.frame.LZ4FrameDecompressor),
)
rosbag1.decompressors.update(
    bz2=partial(unpack, make=bz2.BZ2Decompressor),
    lz4=partial(unpack, make=lz4.frame.LZ4FrameDecompressor),
)
rosbag2.zstd = SimpleNamespace(  # type: ignore[assignment, attr-defined]
    open=_LimitedFile, decompress=partial(unpack, make=zstd.ZstdDecompressor)
)
