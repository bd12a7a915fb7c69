"""Stable ids for faces over time, also while the detector misses them or is not asked.

A track moves on with constant velocity between detections.  Detections are given to tracks by
overlap, best pair first: faces are few and rarely contested, and a globally best assignment may
break a perfect pair to please a poor one.  Boxes are enlarged before they are compared (Yang et
al., Hard to Track Objects with Irregular Motions, WACV 2023), so that a quick or a small face
still meets its own track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fer_ros.config import setting
from fer_ros.types import NS_PER_S, Face, FloatArray, read_only

_Box = npt.NDArray[np.float64]
_BUFFER = 0.3
"""Enlargement of boxes before they are compared, on each side, as a share of the edge."""


@dataclass(frozen=True)
class TrackingConfig:
    """Settings of the tracking."""

    max_missed: float = setting(
        2.0, 'How long a face may be missed and keep its id', unit='s', ge=0.0, le=30.0, live=True
    )
    coast: float = setting(
        0.3,
        'How long a missed face is still reported, where it should be by now',
        unit='s',
        ge=0.0,
        le=30.0,
        live=True,
    )
    min_hits: int = setting(
        2, 'Detections in a row after which a face counts', ge=1, le=20, live=True
    )
    min_overlap: float = setting(
        0.2,
        'Intersection over union, of boxes enlarged by 30 % on each side, from which a detection '
        'is the same face',
        ge=0.0,
        le=1.0,
        live=True,
    )
    smoothing: float = setting(
        0.3,
        'Share of the predicted box in the corrected one; 0 takes detections as they are',
        ge=0.0,
        le=0.95,
        live=True,
    )


@dataclass
class _Track:
    track_id: int
    face: Face
    box: _Box
    """x, y, w, h at ``stamp_ns``."""
    stamp_ns: int
    """When it was last detected."""
    velocity: _Box = field(default_factory=lambda: np.zeros(4))
    """Change of the box per second."""
    hits: int = 1

    def predicted(self, stamp_ns: int, coast_s: float) -> _Box:
        """The box at a time; it stops after ``coast_s``, as nothing moves straight for long."""
        elapsed_s = min(max(0.0, (stamp_ns - self.stamp_ns) / NS_PER_S), coast_s)
        box: _Box = self.box + self.velocity * elapsed_s
        box[2:] = np.maximum(box[2:], self.box[2:] / 2)
        return box

    def correct(self, stamp_ns: int, found: Face, predicted: _Box, smoothing: float) -> None:
        """Take in a detection."""
        corrected = smoothing * predicted + (1.0 - smoothing) * _box(found)
        elapsed_s = (stamp_ns - self.stamp_ns) / NS_PER_S
        if elapsed_s > 0:
            measured = (corrected - self.box) / elapsed_s
            self.velocity = 0.5 * self.velocity + 0.5 * measured
        self.face, self.box, self.stamp_ns = found, corrected, stamp_ns
        self.hits += 1


class Tracker:
    """Gives faces of consecutive frames stable ids, never used twice."""

    def __init__(self, config: TrackingConfig) -> None:
        self.config = config
        self._next_id = 0
        self._tracks: list[_Track] = []
        self._updated_ns: int | None = None

    def update(self, stamp_ns: int, faces: Sequence[Face]) -> list[Face]:
        """Take in the detections of a frame; the tracked faces at its time, best score first.

        The order of the detections does not matter.  A stamp before that of the last detections
        means that time began anew: all faces are forgotten, as by reset().
        """
        if self._updated_ns is not None and stamp_ns < self._updated_ns:
            self.reset()
        self._updated_ns = stamp_ns
        found = sorted(faces, key=lambda face: (-face.score, face.x, face.y, face.w, face.h))
        self._correct(stamp_ns, found)
        oldest_ns = stamp_ns - round(self.config.max_missed * NS_PER_S)
        self._tracks = [
            track
            for track in self._tracks
            if track.stamp_ns == stamp_ns
            or (track.stamp_ns >= oldest_ns and track.hits >= self.config.min_hits)
        ]
        return self.predict(stamp_ns)

    def predict(self, stamp_ns: int) -> list[Face]:
        """The tracked faces at the time of a frame that was not searched."""
        oldest_ns = stamp_ns - round(self.config.coast * NS_PER_S)
        faces = [
            self._face(track, stamp_ns)
            for track in self._tracks
            if track.hits >= self.config.min_hits
            and (track.stamp_ns == self._updated_ns or track.stamp_ns >= oldest_ns)
        ]
        return sorted(faces, key=lambda face: (-face.score, face.track_id))

    def reset(self) -> None:
        """Forget all faces; ids go on."""
        self._tracks.clear()
        self._updated_ns = None

    def _face(self, track: _Track, stamp_ns: int) -> Face:
        box = track.predicted(stamp_ns, self.config.coast)
        return _moved(track.face, box, track.track_id)

    def _correct(self, stamp_ns: int, found: Sequence[Face]) -> None:
        """Give detections to tracks, each at most once; the rest begin new tracks."""
        boxes = [track.predicted(stamp_ns, self.config.coast) for track in self._tracks]
        overlaps = _overlaps(boxes, [_box(face) for face in found])
        left = set(range(len(found)))
        while overlaps.size and overlaps.max() >= max(self.config.min_overlap, 1e-9):
            row, column = divmod(int(overlaps.argmax()), len(found))
            self._tracks[row].correct(stamp_ns, found[column], boxes[row], self.config.smoothing)
            overlaps[row], overlaps[:, column] = 0.0, 0.0
            left.discard(column)
        for column in sorted(left):
            self._tracks.append(
                _Track(self._next_id, found[column], _box(found[column]), stamp_ns)
            )
            self._next_id += 1


def _box(face: Face) -> _Box:
    return np.array([face.x, face.y, face.w, face.h], dtype=np.float64)


def _moved(face: Face, box: _Box, track_id: int) -> Face:
    """The face with its box, and its landmarks in the same places of the box."""
    landmarks: FloatArray | None = None
    if face.landmarks is not None:
        scale = box[2:] / (face.w, face.h)
        moved = (face.landmarks - (face.x, face.y)) * scale + box[:2]
        landmarks = read_only(moved.astype(np.float32))
    x, y, w, h = box.tolist()
    return replace(face, x=x, y=y, w=w, h=h, landmarks=landmarks, track_id=track_id)


def _overlaps(tracks: Sequence[_Box], found: Sequence[_Box]) -> _Box:
    """Intersection over union (T, F) of each pair of boxes after both were enlarged."""
    if not tracks or not found:
        return np.zeros((len(tracks), len(found)))
    a, b = np.stack(tracks)[:, None], np.stack(found)[None]
    low = np.maximum(a[..., :2] - _BUFFER * a[..., 2:], b[..., :2] - _BUFFER * b[..., 2:])
    high = np.minimum(
        a[..., :2] + (1 + _BUFFER) * a[..., 2:], b[..., :2] + (1 + _BUFFER) * b[..., 2:]
    )
    shared = np.maximum(high - low, 0.0).prod(axis=-1)
    both = (1 + 2 * _BUFFER) ** 2 * (a[..., 2:].prod(axis=-1) + b[..., 2:].prod(axis=-1))
    union = both - shared
    result: _Box = np.divide(shared, union, out=np.zeros_like(shared), where=both > 0)
    return result
