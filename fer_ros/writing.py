"""Files that are written whole or not at all, with errors that name them.

Where a disk is full, the system says so without saying of which file; and a file that is written
in its place has then lost what it had before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WritingError(OSError):
    """A file or folder that cannot be written; its message names it and says why."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name ``path`` in errors of the system that name no file.  Raises WritingError for them."""
    with _naming(path, None):
        yield


@contextmanager
def _naming(path: Path, instead_of: str | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename not in (None, instead_of) or isinstance(error, WritingError):
            raise
        raise WritingError(f'{path} cannot be written: {error.strerror or error}') from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write a file that takes the place of ``path`` if all went well.

    Raises WritingError; what was at ``path`` is there still, then.
    """
    partial = path.with_name(f'.part-{path.name}')
    with _naming(path, str(partial)):
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text, or leave what was there.  Raises WritingError."""
    with whole(path) as partial:
        partial.write_text(text, encoding='utf-8')


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes, or leave what was there.  Raises WritingError."""
    with whole(path) as partial:
        partial.write_bytes(content)
