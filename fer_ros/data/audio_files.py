"""Decoded sound of many labelled clips, for training and measuring.

Corpora come as folders of files or as one tar archive in the folder; both are read in place.
Decoding thousands of clips takes a while, so it runs on all cores, shows its progress, and the
result can be kept in a cache file.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import av.error
import numpy as np
import numpy.typing as npt

from fer_ros.containers import RATES_HZ, open_container
from fer_ros.resources import is_below
from fer_ros.types import FloatArray
from fer_ros.writing import whole

Int16Array = npt.NDArray[np.int16]
_FULL_SCALE = 32768.0
MAX_SAMPLES = 2**28
"""Of all channels: an hour and a half of 48 kHz, 1 GB."""


class AudioFilesError(ValueError):
    """A clip that is missing or cannot be decoded."""


class AudioFiles:
    """The files of a corpus by name, from its folder or else from the one tar file in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        archives = sorted(root.glob('*.tar'))
        self._archive = archives[0] if len(archives) == 1 else None
        self._members: dict[str, tuple[int, int]] = {}
        if self._archive is not None:
            self._members = _members(self._archive)

    @classmethod
    def below(cls, root: Path, *names: str) -> AudioFiles:
        """The first of the folders ``names`` that ``root`` has, else ``root`` itself."""
        inner = (root / name for name in names)
        return cls(next((folder for folder in inner if folder.is_dir()), root))

    def names(self) -> list[str]:
        """Names of all files, sorted.  Raises AudioFilesError where the folder is missing."""
        if not self.root.is_dir():
            raise AudioFilesError(f'no folder {str(self.root)!r}')
        below = (path.relative_to(self.root) for path in self.root.rglob('*') if path.is_file())
        return sorted({path.as_posix() for path in below} | self._members.keys())

    def state(self, name: str) -> str:
        """Differs once a file has changed.  Raises AudioFilesError where the file is missing."""
        path = self.root / name
        member = self._members.get(name)
        if member is not None and self._archive is not None and not path.is_file():
            path = self._archive
        try:
            about = path.stat()
        except OSError as error:
            raise AudioFilesError(f'{name!r}: {error.strerror}') from error
        return f'{about.st_size} {about.st_mtime_ns} {member}'

    def read(self, name: str) -> bytes:
        """The content of a file.  Raises AudioFilesError; may be called from several threads."""
        if not is_below(name):
            raise AudioFilesError(f'{name!r} is not below {self.root}')
        path = self.root / name
        if path.is_file():
            return path.read_bytes()
        if self._archive is None or name not in self._members:
            raise AudioFilesError(f'{name!r} is neither in {self.root} nor in one tar file there')
        offset, size = self._members[name]
        with self._archive.open('rb') as file:
            file.seek(offset)
            return file.read(size)


def _members(archive: Path) -> dict[str, tuple[int, int]]:
    """Where the files of a tar archive begin, and their sizes.  Raises AudioFilesError."""
    end = archive.stat().st_size
    found = {}
    try:
        with tarfile.open(archive, 'r:') as tar:  # read in place, so not compressed
            for member in tar:
                if member.isfile() and is_below(member.name):
                    found[member.name] = member.offset_data, member.size
    except tarfile.TarError as error:
        raise AudioFilesError(f'{archive}: {error}') from error
    broken = [name for name, (at, size) in found.items() if at + size > end]
    if broken:
        raise AudioFilesError(f'{archive}: {broken[0]!r} reaches over the end')
    return found


def decode(content: bytes, rate_hz: int) -> FloatArray:
    """Sound (N,) in [-1, 1] at a rate: the mean of the channels, as the nodes hear it.

    WAV, FLAC, Ogg and MP3 are read by libsndfile, the first sound of other files, as videos, by
    FFmpeg.  Raises AudioFilesError where there is none, or more than MAX_SAMPLES.
    """
    import soundfile  # of the training extra
    import soxr

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check(file.frames * file.channels, file.samplerate)
            samples = file.read(dtype='float32', always_2d=True)
            file_rate_hz = file.samplerate
    except soundfile.LibsndfileError:
        return _decode_other(content, rate_hz)
    mono = samples.mean(axis=1)
    if file_rate_hz != rate_hz:
        mono = soxr.resample(mono, file_rate_hz, rate_hz)
    result: FloatArray = np.ascontiguousarray(mono, dtype=np.float32)
    return result


def _check(count: int, rate_hz: int) -> None:
    """Refuse what a header says that no clip has, before it takes the memory."""
    if count > MAX_SAMPLES or not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise AudioFilesError(
            f'{count} samples at {rate_hz} Hz; at most {MAX_SAMPLES} at {list(RATES_HZ)} Hz'
        )


def _decode_other(content: bytes, rate_hz: int) -> FloatArray:
    resampler = av.AudioResampler(format='fltp', rate=rate_hz)
    parts = [np.zeros(0, np.float32)]
    count = 0
    try:
        with open_container(io.BytesIO(content)) as container:
            if not container.streams.audio:
                raise AudioFilesError('no sound in it')
            for frame in itertools.chain(container.decode(audio=0), [None]):
                if frame is not None:
                    count += frame.samples * frame.layout.nb_channels
                    _check(count, frame.sample_rate)
                parts += [part.to_ndarray().mean(0) for part in resampler.resample(frame)]
    except av.error.FFmpegError as error:
        raise AudioFilesError(f'not a readable sound file: {error.strerror}') from error
    return np.concatenate(parts)


def load_clips(
    files: AudioFiles, names: Sequence[str], rate_hz: int, cache: Path | None = None
) -> list[Int16Array]:
    """Every named clip as 16-bit samples (N_i,), decoded on all cores with a progress bar.

    ``cache`` is a folder for decoded clips; what it holds is keyed by the names, the rate, the
    corpus's folder, and sizes and times of the files.  Raises AudioFilesError.
    """
    kept = None if cache is None else cache / f'clips-{_key(files, names, rate_hz)}.npz'
    if kept is not None and kept.is_file():
        with np.load(kept) as stored:
            return _split(stored['samples'], stored['ends'])
    clips = _decode_all(files, names, rate_hz)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        ends = np.cumsum([len(clip) for clip in clips])
        with whole(kept) as partial:
            np.savez(partial, samples=np.concatenate(clips), ends=ends)
    return clips


def to_float(clip: Int16Array) -> FloatArray:
    """16-bit samples as float32 in [-1, 1]."""
    return clip.astype(np.float32) / np.float32(_FULL_SCALE)


def _decode_all(files: AudioFiles, names: Sequence[str], rate_hz: int) -> list[Int16Array]:
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    def one(name: str) -> Int16Array:
        try:
            samples = decode(files.read(name), rate_hz)
        except AudioFilesError as error:
            raise AudioFilesError(f'{name}: {error}') from error
        scaled = np.rint(samples * _FULL_SCALE)
        clip: Int16Array = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
        return clip

    with ThreadPoolExecutor() as pool:
        progress = tqdm(
            pool.map(one, names), total=len(names), desc='decoding', unit='clip', delay=1.0
        )
        return list(progress)


def _split(samples: Int16Array, ends: npt.NDArray[np.int64]) -> list[Int16Array]:
    return np.split(samples, ends[:-1])


def _key(files: AudioFiles, names: Sequence[str], rate_hz: int) -> str:
    digest = hashlib.sha256(f'{files.root.resolve()} {rate_hz}'.encode())
    for name in names:
        digest.update(f'{name}\0{files.state(name)}\0'.encode())
    return digest.hexdigest()[:16]
