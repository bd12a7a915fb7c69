"""Whose face is read in a frame, where there are more faces than can be read in time.

Reading costs the same for each face, and a frame must not take longer because a group came by.  An
expression lasts longer than the few frames until it is a face's turn again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fer_ros.types import Face, Features


class Turns:
    """Keeps what was last read of each tracked face, and knows who waited longest."""

    def __init__(self) -> None:
        self._read: dict[int | None, Features] = {}

    def clear(self) -> None:
        """Forget everybody, as when time jumps back."""
        self._read.clear()

    def choose(self, faces: Sequence[Face], most: int) -> list[Face]:
        """At most so many of the tracked faces of a frame, in their order.

        New ones come first, then the largest, whom the robot attends to, then who waited longest.
        """
        if len(faces) <= most:
            return list(faces)
        largest = max(faces, key=lambda face: face.w * face.h)
        ranked = sorted(faces, key=lambda face: self._waited_since(face, face is largest))
        chosen = {face.track_id for face in ranked[:most]}
        return [face for face in faces if face.track_id in chosen]

    def note(self, face: Face, features: Features) -> None:
        """What was read of a face."""
        self._read[face.track_id] = features

    def known(self, faces: Sequence[Face]) -> list[tuple[Face, Features]]:
        """The faces of a frame of which something is known; who is not in it is forgotten."""
        read = self._read
        self._read = {
            face.track_id: read[face.track_id] for face in faces if face.track_id in read
        }
        return [(face, read[face.track_id]) for face in faces if face.track_id in read]

    def _waited_since(self, face: Face, is_largest: bool) -> tuple[bool, float]:
        features = self._read.get(face.track_id)
        if features is None:
            return False, -math.inf
        return not is_largest, features.stamp_ns
