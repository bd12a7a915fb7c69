"""Recordings whose colours say what is true, and a pipeline of fakes that reads them."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ros_fakes
import yaml
from clips import write_clip

from fer_ros.config import nest, setting
from fer_ros.types import Face, ImageArray

SECONDS = 1.2


class MortalDetector(ros_fakes.BrightDetector):
    """Ends its process as soon as it sees a face, once for each file that says so."""

    @dataclass(frozen=True)
    class Config:
        ends: tuple[str, ...] = setting((), 'Files, each of which is the end of one process')

    def __init__(self, config: Config) -> None:
        self._ends = [Path(end) for end in config.ends]

    def detect(self, image: ImageArray) -> list[Face]:
        faces = super().detect(image)
        for end in self._ends:
            if faces and end.exists():
                end.unlink()
                os._exit(1)
        return faces


class StuckDetector(ros_fakes.BrightDetector):
    """Never comes to an end with who looks angry."""

    @dataclass(frozen=True)
    class Config:
        pass

    def detect(self, image: ImageArray) -> list[Face]:
        if image.reshape(-1, 3).mean(axis=0).argmax() == 0:
            threading.Event().wait()
        return super().detect(image)


def write_settings(folder: Path, name: str = 'fakes.yaml', **changes: object) -> Path:
    """A parameter file with the fakes of ros_fakes; models are written beside it."""
    models = folder / Path(name).stem
    path = folder / name
    plugin = {'smoothing.plugin': 'exponential'}  # a parameter file names what it sets
    parameters = ros_fakes.perception_parameters(models) | plugin | changes
    path.write_text(yaml.safe_dump(nest(parameters)))
    return path


def write_recording(
    path: Path, looks: Sequence[str], seconds: float = SECONDS, loudness: float = 0.0
) -> Path:
    """A clip of somebody who looks like each of these labels in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def colour(time_s: float) -> tuple[int, int, int]:
        return ros_fakes.COLOURS[looks[int(time_s / seconds * len(looks))]]

    return write_clip(path, seconds, colour, lambda time_s: loudness)


def write_corpus(folder: Path) -> Path:
    """Two recordings that look like the folders they are in, and one that does not."""
    write_recording(folder / 'happy' / 'one.avi', ['happy'])
    write_recording(folder / 'sad' / 'one.avi', ['sad'], loudness=0.5)
    write_recording(folder / 'sad' / 'two.avi', ['sad', 'angry'])
    return folder


def write_detector_settings(folder: Path, detector: str, **details: object) -> Path:
    """A parameter file with a detector of this module."""
    settings = {f'face.detector.{name}': value for name, value in details.items()}
    return write_settings(
        folder, 'detector.yaml', **{'face.detector.plugin': f'evaluations:{detector}'}, **settings
    )


def same_report(one: Path, other: Path) -> bool:
    """Whether two reports agree to the byte, but for how long they took."""
    names = {path.relative_to(one).as_posix() for path in one.rglob('*') if path.is_file()}
    others = {path.relative_to(other).as_posix() for path in other.rglob('*') if path.is_file()}
    timed = {'timing.json', 'report.html'}
    return names == others and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names - timed
    )
