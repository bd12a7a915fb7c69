"""Any pictures of faces, sorted into one folder for each label.

``angry/anna/1.jpg`` is an angry picture of anna; in ``angry/1.jpg`` nobody is named.  Where there
are folders ``train`` and ``test`` (and ``val``) with the labels in them, they are the splits; what
is missing of them is taken from training by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.label_folders import check_label, subject_of, subject_pattern
from fer_ros.data.pictures import (
    SPLITS,
    SUFFIXES,
    Picture,
    PictureConfig,
    PictureCorpus,
    PictureError,
    folder_of,
    split_of,
)
from fer_ros.labels import index_of

_SPLIT_NAMES = {
    'train': 'train',
    'training': 'train',
    'val': 'val',
    'valid': 'val',
    'validation': 'val',
    'test': 'test',
}


class ImageFolder(PictureCorpus):
    """The labels are the folders' names: any word that names an emotion."""

    @dataclass(frozen=True)
    class Config(PictureConfig):
        """Where it lies and who is on the pictures."""

        subject: str = setting(
            '',
            'Regular expression whose first group is the person, searched in the path below the '
            'label; empty for the folder between label and file',
        )

    def __init__(self, config: Config) -> None:
        root = folder_of(config, 'image_folder')
        pattern = subject_pattern('subject', config.subject)
        places = _places(root)
        folders = [folder for place in places.values() for folder in _folders(place)]
        for folder in folders:
            check_label(folder)
        labels = sorted({f.name for f in folders}, key=lambda word: (index_of(word), word))
        pictures = []
        for split, place in places.items():
            found = dict(_files(place, pattern))
            derived = split_of(found, _sides(split, places))
            for file, (label, subject) in found.items():
                own = split if split in ('val', 'test') else derived[file]
                name = (place / file).relative_to(root).as_posix()
                pictures.append(Picture(name, labels.index(label), own, subject))
        super().__init__(config, root, labels, pictures)


def _places(root: Path) -> dict[str, Path]:
    """The folders with labels in them by split; the root alone where nobody split it."""
    places = {
        _SPLIT_NAMES[folder.name.lower()]: folder
        for folder in _folders(root)
        if folder.name.lower() in _SPLIT_NAMES
    }
    if places and not {'train', 'test'} <= set(places):
        raise PictureError(f'{root} has the parts {", ".join(places)}; train and test are needed')
    return places or {'': root}


def _sides(split: str, places: Mapping[str, Path]) -> tuple[str, ...]:
    """The splits that the files of a place are divided into."""
    if not split:
        return SPLITS
    return ('train', 'val') if split == 'train' and 'val' not in places else ('train',)


def _files(place: Path, pattern: re.Pattern[str] | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """Path, label and subject of each picture below a folder of label folders."""
    for label in _folders(place):
        for path in sorted(label.rglob('*')):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith('.'):
                subject = subject_of(PurePosixPath(path.relative_to(label)), 'subject', pattern)
                yield path.relative_to(place).as_posix(), (label.name, subject)


def _folders(place: Path) -> list[Path]:
    return sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith('.'))
