"""Whole bags of ROS 2, or none: a run that fails or is stopped leaves nothing behind."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from fer_ros.evaluation.bag_samples import BagFormat, LabelChange, MessageWriter
from fer_ros.types import AudioChunk, Frame
from fer_ros.writing import WritingError, naming

STORAGES = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}
METADATA = 'metadata.yaml'
"""The file that makes a folder a bag; it is written last."""
_VERSION: Literal[8] = 8  # of the metadata: the newest one that ROS 2 Humble reads
_USUAL = BagFormat()


class BagWritingError(ValueError):
    """A bag that cannot be written: it is there already, or there is nothing to write."""


def write_bag(
    folder: Path,
    samples: Iterable[Frame | AudioChunk],
    labels: Iterable[LabelChange] = (),
    format: BagFormat = _USUAL,
    replace: bool = False,
) -> int:
    """Write a bag into a new folder and return the number of its samples.

    The folder appears when all of it is written; a run that fails or is stopped leaves nothing.
    With ``replace`` a bag that is there is replaced, else it raises BagWritingError, as for
    samples that are none, and WritingError where it cannot be written.  Whatever reading the
    samples raises goes through.
    """
    check_free(folder, replace)
    with _whole(folder) as fresh:
        writer = Writer(fresh, version=_VERSION, storage_plugin=STORAGES[format.storage])
        if format.compress:
            in_chunks = format.storage == 'mcap'
            mode = CompressionMode.STORAGE if in_chunks else CompressionMode.MESSAGE
            writer.set_compression(mode, CompressionFormat.ZSTD)
        with writer:
            messages = MessageWriter(writer, format)
            for label in labels:
                messages.write_label(label)
            count = 0
            for sample in samples:
                messages.write(sample)
                count += 1
            if count == 0:
                raise BagWritingError(f'{folder}: no pictures and no sound to write')
    return count


def check_free(folder: Path, replace: bool) -> None:
    """Raise BagWritingError where a bag cannot go; only a bag is ever replaced."""
    if not folder.exists():
        return
    if not (folder / METADATA).is_file():
        raise BagWritingError(f'{folder} exists and is no bag, so it is not replaced')
    if not replace:
        raise BagWritingError(f'{folder} exists; --force replaces it')


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A place to write, moved to ``folder`` if all went well."""
    with naming(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix='.unfinished-', dir=folder.parent))
        try:
            fresh = place / folder.name  # the files of a bag are named after its folder
            yield fresh
            if folder.exists():
                folder.rename(place / '.replaced')
            fresh.rename(folder)
        except sqlite3.Error as error:
            raise WritingError(f'{folder} cannot be written: {error}') from error
        finally:
            shutil.rmtree(place)
