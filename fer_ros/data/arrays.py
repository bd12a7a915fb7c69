"""Arrays of others in NumPy's formats, read so that a small file cannot fill the memory."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_BYTES = 2**31
"""Of all arrays of an archive once they are unpacked; those of FER+ have 83 MB."""
MAX_NUMBER_BYTES = 10_000
"""Of a file with one number; its header takes 128."""
_FAILURES = (ValueError, TypeError, OSError, EOFError, MemoryError, zipfile.BadZipFile)
"""What NumPy and zipfile raise for files that are broken, or lie about their size."""


class ArraysError(ValueError):
    """A file that has not the arrays that it should, or too large ones."""


def load_archive(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The named arrays of an npz file.  Raises ArraysError before much memory is taken."""
    try:
        with zipfile.ZipFile(path) as archive:  # which unpacks no more than it says here
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise ArraysError(f'{path}: {size} bytes unpacked are more than {MAX_BYTES}')
        with np.load(path) as stored:
            missing = [name for name in names if name not in stored.files]
            if missing:
                raise ArraysError(f'{path} lacks the arrays {", ".join(missing)}')
            return {name: stored[name] for name in names}
    except ArraysError:
        raise
    except _FAILURES as error:
        raise ArraysError(f'{path}: {error or repr(error)}') from error


def load_number(path: Path) -> int:
    """The number in an npy file, kept as one or as text.  Raises ArraysError."""
    try:
        size = path.stat().st_size
        if size > MAX_NUMBER_BYTES:
            raise ArraysError(f'{path}: {size} bytes are no single number')
        return int(np.load(path))
    except ArraysError:
        raise
    except _FAILURES as error:
        raise ArraysError(f'{path}: {error or repr(error)}') from error
