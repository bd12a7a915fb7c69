"""What the corpora of pictures have in common: labelled files, each the crop of one face.

Decoding many thousands takes a while, so it runs on all cores, shows its progress, and the result
can be kept in a cache folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from fer_ros import picture_sizes
from fer_ros.config import setting
from fer_ros.data.speaker_split import derived_split
from fer_ros.protocols import EyePositions
from fer_ros.resources import is_below
from fer_ros.types import ImageArray
from fer_ros.writing import whole

SPLITS = ('train', 'val', 'test')
SUFFIXES = frozenset(
    {'.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.bmp', '.webp', '.pgm', '.gif', '.tif', '.tiff'}
)


class PictureError(ValueError):
    """A folder without the corpus, or a picture that cannot be read."""


@dataclass(frozen=True)
class PictureConfig:
    """Where the pictures lie and how they are read."""

    root: str = setting('', 'Folder of the corpus')
    size: int = setting(48, 'Edge to which they are brought', unit='px', ge=16, le=512)
    colour: str = setting('grey', 'What is kept of their colour', choices=('grey', 'rgb'))
    cache: str = setting('', 'Folder in which decoded pictures are kept, empty for none')


@dataclass(frozen=True)
class Picture:
    """One labelled picture."""

    file: str
    """Path below the root."""
    target: int
    """Number of its label in the corpus's labels."""
    split: str
    subject: str = ''
    """'' where nobody is named."""
    box: tuple[int, int, int, int] | None = None
    """x, y, w, h of the face in pixels; None where the picture is the crop."""


class PictureCorpus:
    """Pictures of a corpus and their splits; they are decoded when asked for."""

    eyes: EyePositions | None = None
    """Where the crops have the eyes; None where that is not known."""

    def __init__(
        self, config: PictureConfig, root: Path, labels: Sequence[str], pictures: Sequence[Picture]
    ) -> None:
        """Raises PictureError where there is no picture, or one of another folder."""
        if not pictures:
            raise PictureError(f'{root}: no picture of this corpus')
        outside = next((each.file for each in pictures if not is_below(each.file)), None)
        if outside is not None:
            raise PictureError(f'{root}: the list names {outside!r}, which is not below it')
        self.labels = tuple(labels)
        self.colour = config.colour
        self.pictures = tuple(pictures)
        self._config = config
        self._root = root

    def splits(self) -> Mapping[str, Sequence[int]]:
        """Picture numbers of 'train', 'val' and 'test'."""
        return {
            split: [n for n, picture in enumerate(self.pictures) if picture.split == split]
            for split in SPLITS
        }

    def name(self, number: int) -> str:
        """The file of a picture."""
        return self.pictures[number].file

    def example(self, number: int) -> Mapping[str, object]:
        """One example, decoded now; see examples().  Raises PictureError."""
        return self._example(number, self._decode(number))

    def examples(self, split: str) -> Iterator[Mapping[str, object]]:
        """The examples of a split.

        'input' uint8 (size, size) grey or (size, size, 3) RGB, 'target' float32 (K,), 'label' its
        number, 'subject' or None, 'subsets' (empty).
        """
        numbers = self.splits()[split]
        for number, image in zip(numbers, self._decode_all(numbers, split), strict=True):
            yield self._example(number, image)

    def _example(self, number: int, image: ImageArray) -> Mapping[str, object]:
        picture = self.pictures[number]
        return {
            'input': image,
            'target': np.eye(len(self.labels), dtype=np.float32)[picture.target],
            'label': picture.target,
            'subject': picture.subject or None,
            'subsets': frozenset(),
        }

    def _decode(self, number: int) -> ImageArray:
        picture = self.pictures[number]
        path = self._root / picture.file
        grey = self._config.colour == 'grey'
        content = _content(path)
        image = cv2.imdecode(
            np.frombuffer(content, np.uint8),
            cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR_RGB,
        )
        if image is None:
            raise PictureError(f'{path}: not a readable picture')
        if picture.box is not None:
            x, y, w, h = picture.box
            image = image[max(y, 0) : y + h, max(x, 0) : x + w]
            if not image.size:
                raise PictureError(f'{path}: the face {picture.box} is outside of the picture')
        size = self._config.size
        shrinks = max(image.shape[:2]) > size
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (size, size), interpolation=way), np.uint8)

    def _decode_all(self, numbers: Sequence[int], split: str) -> npt.NDArray[np.uint8]:
        """(N, size, size[, 3]), from the cache where it is there and nothing changed since."""
        from tqdm.auto import tqdm  # type: ignore[import-untyped]

        kept = None
        if self._config.cache:
            folder = Path(self._config.cache).expanduser()
            kept = folder / f'pictures-{split}-{self._key(numbers)}.npy'
            if kept.is_file():
                stored: npt.NDArray[np.uint8] = np.load(kept)
                return stored
        with ThreadPoolExecutor() as pool:
            decoded = pool.map(self._decode, numbers)
            progress = tqdm(
                decoded, total=len(numbers), desc=f'decoding {split}', unit='picture', delay=1.0
            )
            shape = (0, *self._shape)
            images = np.stack(list(progress)) if numbers else np.empty(shape, np.uint8)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with whole(kept) as partial:
                np.save(partial, images)
        return images

    @property
    def _shape(self) -> tuple[int, ...]:
        size = self._config.size
        return (size, size) if self._config.colour == 'grey' else (size, size, 3)

    def _key(self, numbers: Sequence[int]) -> str:
        """Of everything that the decoded pictures depend on."""
        digest = hashlib.sha256(f'{self._root.resolve()} {self._shape}'.encode())
        for number in numbers:
            picture = self.pictures[number]
            stat = (self._root / picture.file).stat()
            digest.update(
                f'{picture.file}\0{picture.box}\0{stat.st_size} {stat.st_mtime_ns}'.encode()
            )
        return digest.hexdigest()[:16]


def folder_of(config: PictureConfig, name: str) -> Path:
    """The folder ``name`` in the root where there is one, else the root itself."""
    root = Path(config.root).expanduser()
    inner = root / name
    found = inner if inner.is_dir() else root
    if not found.is_dir():
        raise PictureError(f'no folder {str(found)!r}')
    return found


def split_of(
    files: Mapping[str, tuple[str, str]], sides: Sequence[str] = SPLITS
) -> dict[str, str]:
    """The split of each file from its label and subject ('' where nobody is named).

    No subject is in two splits; a file of nobody stands for itself, and so each label is divided
    alike.  It follows from the names alone; without 'test' in ``sides`` those stay in training.
    """
    people = {
        subject or file: '' if subject else label for file, (label, subject) in files.items()
    }
    parts = derived_split(people)
    where = {
        one: side if side in sides else 'train' for side, some in parts.items() for one in some
    }
    return {file: where[subject or file] for file, (_, subject) in files.items()}


def _content(path: Path) -> bytes:
    """The bytes of a picture that is not too large to be decoded."""
    try:
        content = path.read_bytes()
        picture_sizes.check(content)
    except OSError as error:
        raise PictureError(f'{path}: {error.strerror}') from error
    except picture_sizes.PictureSizeError as error:
        raise PictureError(f'{path}: not a readable picture: {error}') from error
    return content
