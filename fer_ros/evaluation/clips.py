"""Finds the clips of a corpus: videos, sound files, and folders of pictures.

Corpora keep a class, a speaker or a session in a folder, so a clip is named by its path below the
corpus, and the nearest folder that is named after an emotion says its label.
"""

from __future__ import annotations

import csv
import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_ros.labels import LabelError, canonical
from fer_ros.sources import open_media
from fer_ros.types import NS_PER_S, AudioChunk, Frame

VIDEOS = {
    *('.3gp', '.avi', '.flv', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.mts', '.ogv'),
    *('.ts', '.webm', '.wmv'),
}
SOUNDS = {
    *('.aac', '.aif', '.aiff', '.flac', '.m4a', '.mp3', '.oga', '.ogg', '.opus', '.wav', '.wma'),
}
PICTURES = {'.bmp', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp'}
STAMPS = 'stamps.csv'
"""Beside pictures: their times, with the columns file and time (s)."""
MAX_TIME_S = 1e8
"""Three years: as much as a stamp can bear."""


class ClipError(ValueError):
    """A corpus without clips, or a folder of pictures that cannot be understood."""


@dataclass(frozen=True)
class Clip:
    """One recording of a corpus."""

    name: str
    """Its path below the corpus with '/', without the ending of a file."""
    path: Path
    """The file, or the folder of the pictures."""
    label: str | None
    """The canonical label that a folder says."""
    pictures: tuple[Path, ...] = ()
    """In order of time."""
    sound: Path | None = None
    """Beside the pictures; begins with the first one."""

    def samples(self, start_ns: int, fps: float) -> Iterator[Frame | AudioChunk]:
        """Frames and sound in order of their stamps; see sources.open_media.

        Pictures follow each other with ``fps`` per second, unless STAMPS is there.  Raises
        MediaError and ClipError.
        """
        if not self.pictures:
            return open_media(self.path, start_ns)
        streams: list[Iterator[Frame | AudioChunk]] = []
        if self.sound is not None:
            sound = open_media(self.sound, start_ns)
            streams.append(sample for sample in sound if isinstance(sample, AudioChunk))
        streams.append(self._frames(start_ns, fps))
        return heapq.merge(*streams, key=lambda sample: sample.stamp_ns)

    def _frames(self, start_ns: int, fps: float) -> Iterator[Frame | AudioChunk]:
        times = _times(self.path / STAMPS, self.pictures)
        for number, picture in enumerate(self.pictures):
            time_s = number / fps if times is None else times[number]
            yield from open_media(picture, start_ns + round(time_s * NS_PER_S))


def find_clips(root: Path) -> list[Clip]:
    """The clips of a folder, or the one clip that a file is, folder by folder.  Hidden folders are
    passed over.

    Raises ClipError where there are none.
    """
    if root.is_file():
        return [Clip(root.stem, root, folder_label([root.parent.name]))]
    if not root.is_dir():
        raise ClipError(f'{root}: no such file or folder')
    clips: list[Clip] = []
    for folder in sorted({root, *(path for path in root.rglob('*') if path.is_dir())}):
        if not any(part.startswith('.') for part in folder.relative_to(root).parts):
            files = sorted(path for path in folder.iterdir() if path.is_file())
            clips += _clips_of(root, folder, files)
    if not clips:
        raise ClipError(f'{root}: no videos, sound files or pictures in it')
    return list(_with_unique_names(clips))


def folder_label(folders: Sequence[str]) -> str | None:
    """The canonical label of the last one of these names that is one, None where none is."""
    for name in reversed(folders):
        try:
            return canonical(name)
        except LabelError:
            continue
    return None


def _clips_of(root: Path, folder: Path, files: Sequence[Path]) -> Iterator[Clip]:
    below = folder.relative_to(root)
    label = folder_label([root.resolve().name, *below.parts])
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    sounds = [path for path in files if path.suffix.lower() in SOUNDS]
    if pictures:
        if len(sounds) > 1:
            names = ', '.join(path.name for path in sounds)
            raise ClipError(f'{folder}: which sound belongs to the pictures, of {names}?')
        name = below.as_posix() if below.parts else root.resolve().name
        yield Clip(
            name, folder, label, tuple(sorted(pictures, key=_natural)), next(iter(sounds), None)
        )
        sounds = []
    for path in files:
        if path.suffix.lower() in VIDEOS or path in sounds:
            yield Clip((below / path.stem).as_posix(), path, label)


def _with_unique_names(clips: Sequence[Clip]) -> Iterator[Clip]:
    """A video and a sound file of one name keep their endings."""
    counts = Counter(clip.name for clip in clips)
    for clip in clips:
        if counts[clip.name] == 1 or clip.pictures:
            yield clip
        else:
            yield Clip(f'{clip.name}{clip.path.suffix}', clip.path, clip.label)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sorts frame_10 behind frame_9."""
    parts = re.split(r'(\d+)', path.name)
    return [(int(part), '') if part.isdigit() else (-1, part) for part in parts]


def _times(path: Path, pictures: Sequence[Path]) -> list[float] | None:
    if not path.is_file():
        return None
    with path.open(newline='', encoding='utf-8-sig') as file:
        rows = csv.DictReader(file)
        try:
            times = {row['file']: float(row['time']) for row in rows}
            found = [times[picture.name] for picture in pictures]
        except KeyError as error:
            raise ClipError(f'{path}: no {error}; it needs file, time for each picture') from error
        except (TypeError, ValueError, csv.Error) as error:
            raise ClipError(f'{path}: {error}') from error
    if found != sorted(found) or found[0] < 0 or not found[-1] < MAX_TIME_S:
        raise ClipError(
            f'{path}: the times must be at least 0, below {MAX_TIME_S:g}, and grow with the names'
        )
    return found
