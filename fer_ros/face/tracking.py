"""Stable ids for faces over time, also while the detector misses them or is not asked.

A track moves on with constant velocity between detections.  Detections are given to tracks
greedily by overlap, best pair first: faces are few and rarely contested, and where they are, a
globally best assignment would not be more often right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fer_ros.config import setting
from fer_ros.types import NS_PER_S, Face, FloatArray, read_only

_Box = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrackingConfig:
    """Settings of the tracking."""

    max_missed: float = setting(
        0.8, 'How long a face may be missed and keep its id', unit='s', ge=0.0, le=30.0, live=True
    )
    min_hits: int = setting(
        2, 'Detections after which a face counts; keeps false ones out', ge=1, le=20, live=True
    )
    min_overlap: float = setting(
        0.2,
        'Intersection over union from which a detection is the same face',
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
    velocity: _Box
    """Change of x and y per second; sizes are kept."""
    stamp_ns: int
    hits: int = field(default=1)

    def predicted(self, stamp_ns: int) -> _Box:
        elapsed_s = max(0.0, (stamp_ns - self.stamp_ns) / NS_PER_S)
        box = self.box.copy()
        box[:2] += self.velocity * elapsed_s
        return box

    def at(self, stamp_ns: int) -> Face:
        """The face moved to where it should be at a time."""
        return _moved(self.face, self.predicted(stamp_ns), self.track_id)

    def correct(self, stamp_ns: int, found: Face, smoothing: float) -> None:
        """Take in a detection."""
        seen = _box(found)
        corrected = smoothing * self.predicted(stamp_ns) + (1.0 - smoothing) * seen
        elapsed_s = (stamp_ns - self.stamp_ns) / NS_PER_S
        if elapsed_s > 0:
            measured = (_centre(corrected) - _centre(self.box)) / elapsed_s
            self.velocity = 0.5 * self.velocity + 0.5 * measured
        self.face, self.box, self.stamp_ns = found, corrected, stamp_ns
        self.hits += 1


class Tracker:
    """Gives faces of consecutive frames stable ids, never used twice."""

    def __init__(self, config: TrackingConfig) -> None:
        self.config = config
        self._next_id = 0
        self._tracks: list[_Track] = []

    def update(self, stamp_ns: int, faces: Sequence[Face]) -> list[Face]:
        """Take in the detections of a frame; the tracked faces at its time, best score first."""
        unmatched = list(range(len(faces)))
        for track, index in self._pairs(stamp_ns, faces):
            track.correct(stamp_ns, faces[index], self.config.smoothing)
            unmatched.remove(index)
        for index in unmatched:
            self._begin(stamp_ns, faces[index])
        return self.predict(stamp_ns)

    def predict(self, stamp_ns: int) -> list[Face]:
        """The tracked faces at the time of a frame that was not searched."""
        oldest_ns = stamp_ns - round(self.config.max_missed * NS_PER_S)
        self._tracks = [track for track in self._tracks if track.stamp_ns >= oldest_ns]
        sure = [track.at(stamp_ns) for track in self._tracks if track.hits >= self.config.min_hits]
        return sorted(sure, key=lambda face: (-face.score, face.track_id))

    def reset(self) -> None:
        """Forget all faces; ids go on."""
        self._tracks.clear()

    def _pairs(self, stamp_ns: int, faces: Sequence[Face]) -> list[tuple[_Track, int]]:
        """Tracks and the detections that continue them, each at most once."""
        candidates = []
        for track in self._tracks:
            predicted = track.predicted(stamp_ns)
            for index, face in enumerate(faces):
                overlap = _overlap(predicted, _box(face))
                if overlap >= self.config.min_overlap:
                    candidates.append((-overlap, track.track_id, index, track))
        pairs: list[tuple[_Track, int]] = []
        taken_tracks: set[int] = set()
        taken_faces: set[int] = set()
        for _, track_id, index, track in sorted(candidates, key=lambda each: each[:3]):
            if track_id not in taken_tracks and index not in taken_faces:
                taken_tracks.add(track_id)
                taken_faces.add(index)
                pairs.append((track, index))
        return pairs

    def _begin(self, stamp_ns: int, face: Face) -> None:
        track = _Track(self._next_id, face, _box(face), np.zeros(2), stamp_ns)
        self._tracks.append(track)
        self._next_id += 1


def _box(face: Face) -> _Box:
    return np.array([face.x, face.y, face.w, face.h], dtype=np.float64)


def _centre(box: _Box) -> _Box:
    return box[:2] + box[2:] / 2


def _moved(face: Face, box: _Box, track_id: int) -> Face:
    """The face with its box, and its landmarks in the same places of the box."""
    landmarks: FloatArray | None = None
    if face.landmarks is not None:
        scale = box[2:] / (face.w, face.h)
        moved = (face.landmarks - (face.x, face.y)) * scale + box[:2]
        landmarks = read_only(moved.astype(np.float32))
    x, y, w, h = box.tolist()
    return replace(face, x=x, y=y, w=w, h=h, landmarks=landmarks, track_id=track_id)


def _overlap(a: _Box, b: _Box) -> float:
    """Intersection over union of two boxes."""
    low = np.maximum(a[:2], b[:2])
    high = np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    union = float(np.prod(a[2:]) + np.prod(b[2:])) - shared
    return shared / union if union > 0 else 0.0
