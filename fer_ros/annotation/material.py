"""What the page shows of a recording: the film, what the model thinks, and how loud it is.

One pass over the recording gives all of it, and it is kept, so that opening a recording again
takes no time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from fer_ros import cards
from fer_ros.annotation.film import Film
from fer_ros.config import dump
from fer_ros.drive import Scenes
from fer_ros.evaluation.recordings import Source
from fer_ros.evaluation.sound_levels import SoundLevels
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline, Result
from fer_ros.playback import Sample, due_ns
from fer_ros.types import NS_PER_S, Frame
from fer_ros.writing import naming, write_text

FILM = 'film.mp4'
CONTENT = 'content.json'
_VERSION = 1
"""Of the files that are kept; older ones are made again."""
_MAX_LEVELS = 2000
_GAP_S = 1.0

Progress = Callable[[float], None]
"""Takes the share [0, 1] that is done."""


class MaterialError(ValueError):
    """A recording in which there is nothing to label."""


@dataclass
class Guess:
    """A stretch in which the model sticks to one label."""

    start: float
    """Seconds since the first sample, as ``end``."""
    end: float
    label: str
    confidence: float
    """The highest one."""


@dataclass(frozen=True)
class Material:
    """All that the page shows."""

    seconds: float
    has_pictures: bool
    guesses: tuple[Guess, ...]
    levels: tuple[tuple[float, float], ...]
    """Time and level of the sound, dB of full scale."""


def prepare(
    source: Source, config: PerceptionConfig | None, cache: Path, progress: Progress
) -> tuple[Material, Path]:
    """The material of a recording and its film, from the cache where it is there.

    Without a configuration there are no guesses.  Raises one of recordings.PROBLEMS, FilmError,
    MaterialError, and what loading models raises.
    """
    folder = cache / _key(source, config)
    if not (folder / CONTENT).is_file():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix='.unfinished-', dir=cache))
        try:
            with naming(folder / FILM):
                material = _make(source, config, fresh / FILM, progress)
            write_text(fresh / CONTENT, json.dumps(asdict(material)))
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return _read(folder / CONTENT), folder / FILM


def _key(source: Source, config: PerceptionConfig | None) -> str:
    """Changes with the recording's files, with the parameters and with the models."""
    digest = hashlib.sha256(f'{_VERSION} {source.path.resolve()} {source.topics}'.encode())
    files = [source.path] if source.path.is_file() else sorted(source.path.rglob('*'))
    for path in files:
        known = path.stat()
        digest.update(f'{path.name} {known.st_size} {known.st_mtime_ns}\n'.encode())
    if config is not None:
        digest.update(json.dumps(dump(config), sort_keys=True).encode())
        for part in (config.face, config.voice):
            if part.enabled:  # a card has the hash of its weights
                digest.update((cards.find(part.model).folder / cards.CARD).read_bytes())
    return digest.hexdigest()[:24]


def _read(path: Path) -> Material:
    content = json.loads(path.read_text(encoding='utf-8'))
    return Material(
        content['seconds'],
        content['has_pictures'],
        tuple(Guess(**guess) for guess in content['guesses']),
        tuple((time, level) for time, level in content['levels']),
    )


def _make(
    source: Source, config: PerceptionConfig | None, film_path: Path, progress: Progress
) -> Material:
    samples = source.samples(lambda topic, error: None)
    first = next(samples, None)
    if first is None:
        raise MaterialError(f'{source.path}: no pictures and no sound in it')
    watch = _Watch(first.stamp_ns, film_path, source.length_s(), progress)
    shown = watch.shown(chain([first], samples))
    guesses: list[Guess] = []
    if config is None:
        for _ in shown:
            pass
    else:
        results = Scenes(EmotionPipeline.load(config)).results(shown)
        guesses = guesses_of(results, first.stamp_ns)
    watch.film.close()
    if watch.seconds <= 0:
        raise MaterialError(f'{source.path}: a single picture has no time that could be labelled')
    return Material(
        round(watch.seconds, 3), watch.has_pictures, tuple(guesses), tuple(watch.levels())
    )


class _Watch:
    """Takes note of samples on their way to the model."""

    def __init__(
        self, start_ns: int, film_path: Path, length_s: float, progress: Progress
    ) -> None:
        self.film = Film(film_path, start_ns)
        self.has_pictures = False
        self.seconds = 0.0
        self._start_ns = start_ns
        self._length_s = length_s
        self._sound = SoundLevels(start_ns)
        self._progress = progress

    def shown(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        for sample in samples:
            self.film.add(sample)
            if isinstance(sample, Frame):
                self.has_pictures = True
            else:
                self._sound.add(sample)
            self.seconds = max(self.seconds, (due_ns(sample) - self._start_ns) / NS_PER_S)
            self._progress(min(1.0, self.seconds / self._length_s) if self._length_s else 0.0)
            yield sample

    def levels(self) -> Iterator[tuple[float, float]]:
        """At most so many that they can be seen; of several the loudest."""
        known = list(self._sound.levels())
        step = -(-len(known) // _MAX_LEVELS) or 1
        for first in range(0, len(known), step):
            part = known[first : first + step]
            yield part[0][0], max(level for _, level in part)


def guesses_of(results: Iterable[Result], start_ns: int) -> list[Guess]:
    """What the pipeline thinks of whoever is in focus, in stretches of one label."""
    guesses: list[Guess] = []
    for result in results:
        time = (result.stamp_ns - start_ns) / NS_PER_S
        newest = guesses[-1] if guesses else None
        person = result.focus
        if person is None:
            continue
        label, confidence = person.fused.label, round(person.fused.confidence, 3)
        continues = newest is not None and time <= newest.end + _GAP_S
        if newest is not None and continues:
            newest.end = round(time, 3)
        if newest is not None and continues and label == newest.label:
            newest.confidence = max(newest.confidence, confidence)
        else:
            guesses.append(Guess(round(time, 3), round(time, 3), label, confidence))
    return [guess for guess in guesses if guess.end > guess.start]
