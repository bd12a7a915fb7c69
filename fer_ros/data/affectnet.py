"""AffectNet: 290 thousand labelled pictures from the web in eight emotions.

Mollahosseini, Hasani and Mahoor 2019, doi 10.1109/TAFFC.2017.2740923; research only, on request.
Both layouts are read: ``training.csv`` and ``validation.csv`` beside the folder of pictures, and
``train_set`` and ``val_set`` with ``images`` and ``annotations/0_exp.npy``.  The test set was
never published: its validation set tests here, as in all papers, and validation is taken from
training by name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_ros.data.arrays import load_number
from fer_ros.data.pictures import (
    Picture,
    PictureConfig,
    PictureCorpus,
    PictureError,
    folder_of,
    split_of,
)

LABELS = ('neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'anger', 'contempt')
"""In the order of the numbers 0 to 7; 8 to 10 are none, uncertain and no face."""
_TABLES = {'train': 'training.csv', 'test': 'validation.csv'}
_SETS = {'train': 'train_set', 'test': 'val_set'}
_IMAGES = ('Manually_Annotated_Images', 'Manually_Annotated/Manually_Annotated_Images', '.')
_Found = tuple[str, int, tuple[int, int, int, int] | None]


class AffectNet(PictureCorpus):
    """The manually annotated part."""

    @dataclass(frozen=True)
    class Config(PictureConfig):
        """Where it lies."""

    def __init__(self, config: Config) -> None:
        root = folder_of(config, 'AffectNet')
        if (root / _TABLES['train']).is_file():
            found = {side: list(_of_table(root, root / name)) for side, name in _TABLES.items()}
        elif (root / _SETS['train']).is_dir():
            found = {side: list(_of_set(root, name)) for side, name in _SETS.items()}
        else:
            raise PictureError(f'{root}: neither {_TABLES["train"]} nor {_SETS["train"]}')
        train = {file: (LABELS[target], '') for file, target, _ in found['train']}
        split = split_of(train, ('train', 'val'))
        pictures = [
            Picture(file, target, 'test' if side == 'test' else split[file], box=box)
            for side, some in found.items()
            for file, target, box in some
        ]
        super().__init__(config, root, LABELS, pictures)


def _of_table(root: Path, table: Path) -> Iterator[_Found]:
    folder = next((name for name in _IMAGES if (root / name).is_dir()), '.')
    with table.open(newline='', encoding='utf-8') as file:
        for row in csv.DictReader(file):
            target = int(row['expression'])
            if target < len(LABELS):
                x, y, w, h = (
                    round(float(row[f'face_{key}'])) for key in ('x', 'y', 'width', 'height')
                )
                name = Path(folder) / row['subDirectory_filePath']
                yield name.as_posix(), target, (x, y, w, h)


def _of_set(root: Path, name: str) -> Iterator[_Found]:
    for path in sorted((root / name / 'annotations').glob('*_exp.npy')):
        target = load_number(path)
        if target < len(LABELS):
            yield f'{name}/images/{path.name.removesuffix("_exp.npy")}.jpg', target, None
