"""What can be evaluated: bags, media files and folders of pictures, found and opened alike."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_ros.evaluation.bag_making import length_s
from fer_ros.evaluation.bag_reading import Bag, BagError, is_bag
from fer_ros.evaluation.bags import OnError, Topics, open_bag, recorded_labels
from fer_ros.evaluation.clips import (
    PICTURES,
    SOUNDS,
    VIDEOS,
    Clip,
    ClipError,
    find_clips,
    folder_label,
)
from fer_ros.evaluation.truth import Stretch
from fer_ros.playback import Sample
from fer_ros.sources import MediaError

PROBLEMS = (BagError, ClipError, MediaError)
"""What may be wrong with one recording while the others can be used."""


class RecordingError(ValueError):
    """A place where there is nothing to evaluate, or a recording that was given twice."""


@dataclass(frozen=True)
class Source:
    """A recording that is to be evaluated; it is opened where it is needed."""

    name: str
    """Its path as it was given, or below the folder that was given."""
    path: Path
    clip: Clip | None
    """None for a bag."""
    folder_label: str | None
    """The label that its folders say."""
    topics: Topics
    fps: float
    """Of folders of pictures without times."""

    @property
    def kind(self) -> str:
        """'bag' or 'media'."""
        return 'bag' if self.clip is None else 'media'

    def samples(self, on_error: OnError) -> Iterator[Sample]:
        """Pictures and sound in order of their stamps.  Raises one of PROBLEMS, now or later."""
        if self.clip is None:
            return open_bag(self.path, self.topics, on_error)
        return self.clip.samples(0, self.fps)

    def labels(self, start_ns: int) -> tuple[str | None, Sequence[Stretch]]:
        """Where its own labels are from, 'bag' or 'folder', and the labels.

        ``start_ns`` is the stamp of its first sample.  Raises BagError.
        """
        if self.clip is None:
            recorded = recorded_labels(self.path, self.topics, start_ns)
            if recorded:
                return 'bag', recorded
        if self.folder_label:
            return 'folder', [Stretch(0.0, None, self.folder_label)]
        return None, []

    def length_s(self) -> float:
        """About how long it is, for a progress bar; 0 where it does not say."""
        if self.clip is not None:
            return length_s(self.clip, self.fps)
        try:
            return Bag(self.path).length_s
        except BagError:
            return 0.0


def find_recordings(paths: Sequence[Path], topics: Topics, fps: float) -> list[Source]:
    """The recordings at some paths in the order given, those of a folder sorted by name.

    Raises RecordingError, and ClipError for a folder that cannot be understood.
    """
    sources: dict[str, Source] = {}
    for path in paths:
        for source in _at(path, topics, fps):
            if source.name in sources:
                raise RecordingError(f'{source.name} was given twice')
            sources[source.name] = source
    return list(sources.values())


def _at(path: Path, topics: Topics, fps: float) -> list[Source]:
    def bag(at: Path, folders: Sequence[str]) -> Source:
        return Source(at.as_posix(), at, None, folder_label(folders), topics, fps)

    if not path.exists():
        raise RecordingError(f'{path}: no such file or folder')
    if is_bag(path):
        return [bag(path, [path.resolve().parent.name])]
    top = path.resolve().name
    found = [bag(at, [top, *at.relative_to(path).parts[:-1]]) for at in _bags_below(path)]
    if path.is_file() or _has_media(path):
        for clip in find_clips(path):
            found.append(Source(clip.path.as_posix(), clip.path, clip, clip.label, topics, fps))
    if not found:
        raise RecordingError(f'{path}: no bags, videos, sound files or pictures in it')
    return sorted(found, key=lambda source: source.name)


def _bags_below(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        # a bag that is being written, or never was finished, is in a hidden folder
        folders[:] = [name for name in folders if not name.startswith('.')]
        if is_bag(here):
            folders.clear()
            yield here
        else:
            yield from (here / name for name in files if is_bag(here / name))


def _has_media(root: Path) -> bool:
    return any(path.suffix.lower() in VIDEOS | SOUNDS | PICTURES for path in root.rglob('*'))
