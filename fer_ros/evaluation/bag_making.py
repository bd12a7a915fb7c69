"""Clips of a corpus -> bags, one for each clip, with its labels in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import av
import av.error

from fer_ros.containers import open_container
from fer_ros.evaluation import clip_labels
from fer_ros.evaluation.bag_samples import BagFormat
from fer_ros.evaluation.bag_writing import BagWritingError, check_free, write_bag
from fer_ros.evaluation.clip_labels import ClipLabelsError
from fer_ros.evaluation.clips import Clip, ClipError
from fer_ros.evaluation.truth import Stretch, TruthError
from fer_ros.sources import MediaError
from fer_ros.types import NS_PER_S, AudioChunk, Frame

Report = Callable[[float], None]
"""Takes how many seconds of a clip were written since the last call."""


@dataclass(frozen=True)
class Making:
    """How bags are made."""

    out: Path
    """A clip's bag is at its name below this folder."""
    format: BagFormat = field(default_factory=BagFormat)
    start_s: int = 1_000_000_000
    """Stamp of each clip's beginning; at 0 a stamp would look as if nobody had set it."""
    fps: float = 25.0
    """Of pictures without times."""
    replace: bool = False

    def folder(self, clip: Clip) -> Path:
        """Where the bag of a clip goes."""
        return self.out / clip.name


def make_bag(clip: Clip, stretches: Sequence[Stretch], making: Making, report: Report) -> None:
    """Write the bag of a clip.

    Raises one of PROBLEMS; then nothing is left of it.
    """
    folder = making.folder(clip)
    check_free(folder, making.replace)  # before anything is decoded
    start_ns = making.start_s * NS_PER_S
    samples = clip.samples(start_ns, making.fps)
    first = next(samples, None)
    if first is None:
        raise BagWritingError(f'{clip.path}: no pictures and no sound in it')
    try:
        labels = list(clip_labels.changes(stretches, first.stamp_ns))
    except (ClipLabelsError, TruthError) as error:
        raise ClipLabelsError(f'{clip.path}: {error}') from error
    reported = _reporting(chain([first], samples), report)
    write_bag(folder, reported, labels, making.format, making.replace)


def length_s(clip: Clip, fps: float) -> float:
    """About how long a clip is, for a progress bar; 0 where it does not say."""
    if clip.pictures:
        return len(clip.pictures) / fps
    try:
        with open_container(clip.path) as container:
            return (container.duration or 0) / av.time_base
    except av.error.FFmpegError:
        return 0.0


PROBLEMS = (BagWritingError, ClipError, ClipLabelsError, MediaError)
"""What may be wrong with one clip while the others can be used."""


def _reporting(
    samples: Iterator[Frame | AudioChunk], report: Report
) -> Iterator[Frame | AudioChunk]:
    newest_ns: int | None = None
    for sample in samples:
        yield sample
        if newest_ns is not None and sample.stamp_ns > newest_ns:
            report((sample.stamp_ns - newest_ns) / NS_PER_S)
        newest_ns = max(newest_ns or sample.stamp_ns, sample.stamp_ns)
