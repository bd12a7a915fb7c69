"""How large a compressed picture will become, read off its first bytes.

A few kilobytes can say that they are a picture of gigabytes, and cv2 believes them up to 2**30
pixels.  So whatever is to be decoded is looked at here first.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Collection, Iterator

MAX_PIXELS = 2**26
"""8192 x 8192, some 200 MB of RGB: of a file."""
MAX_LIVE_PIXELS = 2**24
"""4096 x 4096: of a message.  cv2 takes up to 32 bytes for each while it decodes a PNG."""
LIVE = ('JPEG', 'PNG', 'WebP')
"""What cameras and their drivers send; decoders of rarer formats need not be open to everybody."""
_MAX_SEGMENTS = 1000
_NO_FRAME = {0xC4, 0xC8, 0xCC}
"""Segments of a JPEG among those of frames that are none."""

Size = tuple[int, int]
"""Width and height."""


class PictureSizeError(ValueError):
    """A picture of another format than those that are read, or of too many pixels."""


def check(data: bytes, formats: Collection[str] | None = None, most: int | None = None) -> None:
    """Refuse what is none of some formats (None: of all that are known here), or too large.

    ``data`` is the whole file or its beginning; ``most`` are pixels, None: MAX_PIXELS.  Raises
    PictureSizeError.
    """
    allowed = [name for name in _READERS if formats is None or name in formats]
    name = next((name for name in allowed if re.match(_SIGNATURES[name], data, re.DOTALL)), None)
    if name is None:
        raise PictureSizeError(f'{len(data)} bytes are none of {", ".join(allowed)}')
    try:
        size = _READERS[name](data)
    except (struct.error, IndexError) as error:
        raise PictureSizeError(f'{len(data)} bytes are too few for a {name}') from error
    if size is None or 0 in size:
        raise PictureSizeError(f'a {name} that does not say its size')
    width, height = size
    most = most or MAX_PIXELS
    if width * height > most:
        raise PictureSizeError(f'{width} x {height} pixels are more than {most}')


def _jpeg(data: bytes) -> Size | None:
    for marker, at in _segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from('>HH', data, at + 3)
            return width, height
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG up to its pixels, and where the lengths of their segments are."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if data[at] != 0xFF:
            return
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker < 0xC0 or 0xD0 <= marker <= 0xDA:
            return  # without a length, so decoders go on elsewhere; no camera has it here
        yield marker, at
        at += struct.unpack_from('>H', data, at)[0]


def _png(data: bytes) -> Size | None:
    width, height = struct.unpack_from('>II', data, 16)
    return width, height


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if kind == b'VP8X':
        wide, high = (int.from_bytes(data[at : at + 3], 'little') for at in (24, 27))
        return wide + 1, high + 1
    if kind == b'VP8L':
        (bits,) = struct.unpack_from('<I', data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b'VP8 ':
        width, height = struct.unpack_from('<HH', data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _bmp(data: bytes) -> Size | None:
    (header,) = struct.unpack_from('<I', data, 14)
    width, height = struct.unpack_from('<HH' if header == 12 else '<ii', data, 18)
    return abs(width), abs(height)


def _pnm(data: bytes) -> Size | None:
    found = re.match(
        rb'P[1-6](?:\s|#[^\r\n]*[\r\n])+(\d{1,9})(?:\s|#[^\r\n]*[\r\n])+(\d{1,9})\s', data
    )
    return (int(found[1]), int(found[2])) if found else None


def _gif(data: bytes) -> Size | None:
    width, height = struct.unpack_from('<HH', data, 6)
    return width, height


def _tiff(data: bytes) -> Size | None:
    """Of the first picture: the tags 256 and 257 (TIFF 6.0)."""
    order = '<' if data[:2] == b'II' else '>'
    (at,) = struct.unpack_from(f'{order}I', data, 4)
    (count,) = struct.unpack_from(f'{order}H', data, at)
    found: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(f'{order}HHI', data, entry)
        if tag in (256, 257):
            if kind not in (3, 4) or values != 1:
                return None
            value = f'{order}H' if kind == 3 else f'{order}I'
            found.setdefault(tag, struct.unpack_from(value, data, entry + 8)[0])
    return (found[256], found[257]) if len(found) == 2 else None


_SIGNATURES = {
    'JPEG': rb'\xff\xd8\xff',
    'PNG': rb'\x89PNG\r\n\x1a\n.{4}IHDR',
    'WebP': rb'RIFF.{4}WEBP',
    'BMP': rb'BM',
    'PNM': rb'P[1-6]\s',
    'GIF': rb'GIF8[79]a',
    'TIFF': rb'II\*\0|MM\0\*',
}
_READERS: dict[str, Callable[[bytes], Size | None]] = {
    'JPEG': _jpeg,
    'PNG': _png,
    'WebP': _webp,
    'BMP': _bmp,
    'PNM': _pnm,
    'GIF': _gif,
    'TIFF': _tiff,
}
