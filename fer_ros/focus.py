"""Who the robot attends to when several people are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fer_ros.config import setting
from fer_ros.types import Face


@dataclass(frozen=True)
class FocusConfig:
    """Settings of the choice."""

    switch_ratio: float = setting(
        1.4, 'How many times larger another face must be to take the focus', ge=1.0, live=True
    )


class Focus:
    """The largest face, which keeps the focus until another is clearly larger or it is gone."""

    def __init__(self, config: FocusConfig) -> None:
        self.config = config
        self.track_id: int | None = None
        """The face that was chosen last."""

    def choose(self, faces: Sequence[Face]) -> Face | None:
        """The face in focus among tracked ones, None where there is none."""
        if not faces:
            return None
        largest = max(faces, key=_area)
        current = next((face for face in faces if face.track_id == self.track_id), largest)
        if _area(largest) > self.config.switch_ratio * _area(current):
            current = largest
        self.track_id = current.track_id
        return current


def _area(face: Face) -> float:
    return face.w * face.h
