"""Pictures that are the same, and pictures that nearly are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros.types import ImageArray

BITS = 64
DISTANCE = 4
"""Bits of the hash in which near duplicates differ at most."""
_EDGE = 32
_LOW = 8
_THUMBNAIL = 16
_CORRELATION = 0.95
"""Of the thumbnails; close hashes alone are common among faces, which all look much alike."""


class Fingerprint:
    """What of a picture tells near duplicates: a hash, and a thumbnail to be sure."""

    def __init__(self, image: ImageArray) -> None:
        """A picture (H, W) or (H, W, 3)."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
        small = cv2.resize(grey, (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)
        self.hash = perceptual_hash(np.asarray(small, np.uint8))
        thumbnail = cv2.resize(small, (_THUMBNAIL,) * 2, interpolation=cv2.INTER_AREA)
        centred = np.asarray(thumbnail, np.float32).ravel() - thumbnail.mean()
        self.thumbnail = centred / max(float(np.linalg.norm(centred)), 1e-6)

    def resembles(self, other: Fingerprint) -> bool:
        """Whether the two are nearly the same picture."""
        return float(self.thumbnail @ other.thumbnail) >= _CORRELATION


def perceptual_hash(grey: npt.NDArray[np.uint8]) -> int:
    """64 bits of a picture (32, 32): which low frequencies are above their median.

    The usual hash of the discrete cosine transform (Zauner 2010, Implementation and benchmarking
    of perceptual image hash functions); the mean grey value does not count.
    """
    spectrum = np.asarray(cv2.dct(grey.astype(np.float32)))[:_LOW, :_LOW].ravel()
    bits = spectrum > np.median(spectrum[1:])
    return int(np.packbits(bits).view('>u8')[0])


def near_pairs(prints: Sequence[Fingerprint], distance: int = DISTANCE) -> list[tuple[int, int]]:
    """Positions of all pairs of near duplicates, each pair once, in order.

    Two hashes that differ in at most d bits agree in one of d + 1 parts of them, so only those
    that share a part are compared.
    """
    return sorted(
        (one, other)
        for one, other in _candidates(prints, distance)
        if (prints[one].hash ^ prints[other].hash).bit_count() <= distance
        and prints[one].resembles(prints[other])
    )


def _candidates(prints: Sequence[Fingerprint], distance: int) -> set[tuple[int, int]]:
    return {pair for bucket in _buckets(prints, distance) for pair in combinations(bucket, 2)}


def _buckets(prints: Sequence[Fingerprint], distance: int) -> Iterator[list[int]]:
    edges = [round(part * BITS / (distance + 1)) for part in range(distance + 2)]
    for low, high in pairwise(edges):
        mask = (1 << (high - low)) - 1
        buckets: dict[int, list[int]] = defaultdict(list)
        for number, fingerprint in enumerate(prints):
            buckets[fingerprint.hash >> low & mask].append(number)
        yield from buckets.values()
