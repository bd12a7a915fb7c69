"""RAF-DB, single-label: 15,339 pictures from the web in seven basic emotions.

Li, Deng and Du 2017, doi 10.1109/CVPR.2017.277; research only, on request.  Read as distributed:
``basic/EmoLabel/list_patition_label.txt`` and ``basic/Image/aligned/train_00001_aligned.jpg``.
"""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros.data.pictures import (
    Picture,
    PictureConfig,
    PictureCorpus,
    PictureError,
    folder_of,
    split_of,
)

LABELS = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
"""In the order of the numbers 1 to 7 in the list."""
_LIST = 'EmoLabel/list_patition_label.txt'  # spelt so by its publisher


class RafDb(PictureCorpus):
    """The aligned pictures; validation is taken from the official training part by name."""

    @dataclass(frozen=True)
    class Config(PictureConfig):
        """Where it lies."""

    def __init__(self, config: Config) -> None:
        root = folder_of(config, 'RAF-DB')
        root = root / 'basic' if (root / 'basic').is_dir() else root
        if not (root / _LIST).is_file():
            raise PictureError(f'{root}: no {_LIST}')
        rows = [line.split() for line in (root / _LIST).read_text().splitlines() if line.strip()]
        names = {row[0]: int(row[1]) - 1 for row in rows}
        train = {n: (LABELS[target], '') for n, target in names.items() if n.startswith('train')}
        split = split_of(train, ('train', 'val'))
        pictures = [
            Picture(_aligned(name), target, split.get(name, 'test'))
            for name, target in names.items()
        ]
        super().__init__(config, root, LABELS, pictures)


def _aligned(name: str) -> str:
    stem, _, suffix = name.rpartition('.')
    return f'Image/aligned/{stem}_aligned.{suffix}'
