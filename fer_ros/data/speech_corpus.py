"""What the corpora of acted speech have in common: labelled clips, each of one speaker.

A corpus says which speakers are in which split; that no speaker is in two of them follows from
the clips being sorted by speaker, and is checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_ros.data.audio_files import AudioFiles, Int16Array, decode, load_clips, to_float
from fer_ros.types import FloatArray

SPLITS = ('train', 'val', 'test')


class CorpusError(ValueError):
    """A folder without the corpus, or a split that is not one."""


@dataclass(frozen=True)
class Clip:
    """One labelled utterance."""

    file: str
    """Name inside the corpus."""
    subject: str
    group: str
    """The speaker's sex as the corpus states it, 'F' or 'M'."""
    target: int
    """Number of its label in the corpus's labels."""


class SpeechCorpus:
    """Clips of a corpus and their splits by speaker; the sound is decoded when asked for."""

    def __init__(
        self,
        files: AudioFiles,
        labels: Sequence[str],
        clips: Sequence[Clip],
        speakers: Mapping[str, frozenset[str]],
    ) -> None:
        """Raises CorpusError where there is no clip or a speaker is in two splits."""
        if not clips:
            raise CorpusError(f'{files.root}: no clip of this corpus')
        self.labels = tuple(labels)
        self.clips = tuple(clips)
        self._files = files
        self._splits = {name: self._clips_of(speakers[name]) for name in SPLITS}
        if sum(map(len, self._splits.values())) > len(
            set().union(*map(set, self._splits.values()))
        ):
            raise CorpusError('a speaker is in two splits')

    def splits(self) -> Mapping[str, Sequence[int]]:
        """Clip numbers of 'train', 'val' and 'test'."""
        return self._splits

    def targets(self, numbers: Sequence[int]) -> FloatArray:
        """One-hot targets (N, K) of the numbered clips."""
        eye = np.eye(len(self.labels), dtype=np.float32)
        return eye[[self.clips[number].target for number in numbers]]

    def load(
        self, numbers: Sequence[int], rate_hz: int, cache: Path | None = None
    ) -> list[Int16Array]:
        """16-bit sound of the numbered clips; see load_clips()."""
        names = [self.clips[number].file for number in numbers]
        return load_clips(self._files, names, rate_hz, cache)

    def state(self, numbers: Sequence[int]) -> str:
        """Differs once other clips are numbered so, or one of them changed."""
        digest = hashlib.sha256()
        for number in numbers:
            clip = self.clips[number]
            digest.update(f'{clip}\0{self._files.state(clip.file)}\0'.encode())
        return digest.hexdigest()

    def name(self, number: int) -> str:
        """The file of a clip."""
        return self.clips[number].file

    def example(self, number: int, rate_hz: int = 16000) -> Mapping[str, object]:
        """One example, decoded now; see examples().  Raises AudioFilesError."""
        about = self.clips[number]
        return {
            'input': decode(self._files.read(about.file), rate_hz),
            'target': self.targets([number])[0],
            'subject': about.subject,
            'group': about.group,
        }

    def examples(self, split: str, rate_hz: int = 16000) -> Iterator[Mapping[str, object]]:
        """'input' float32 (N,) in [-1, 1], 'target' (K,), 'subject' and 'group' of each clip."""
        if split not in SPLITS:
            raise CorpusError(f'split {split!r} is not one of {", ".join(SPLITS)}')
        numbers = self._splits[split]
        sound = self.load(numbers, rate_hz)
        for number, clip, target in zip(numbers, sound, self.targets(numbers), strict=True):
            about = self.clips[number]
            yield {
                'input': to_float(clip),
                'target': target,
                'subject': about.subject,
                'group': about.group,
            }

    def _clips_of(self, speakers: frozenset[str]) -> tuple[int, ...]:
        return tuple(n for n, clip in enumerate(self.clips) if clip.subject in speakers)
