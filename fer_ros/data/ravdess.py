"""RAVDESS, the speech of 24 North American actors in eight emotions.

Livingstone and Russo 2018, doi 10.1371/journal.pone.0196391; CC BY-NC-SA 4.0.  Everything needed
is in the file names, ``modality-channel-emotion-intensity-statement-repetition-actor``, so the
layout as distributed (``Actor_01/03-01-06-01-02-01-12.wav``), its conversion to another format,
and a tar file of either are all read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised')
"""In the order of the numbers 01 to 08 in the file names."""

EMOBOX_FOLDS = (
    (1, 11, 20, 21),
    (4, 10, 12, 14),
    (8, 9, 19, 23),
    (3, 5, 7, 24),
    (2, 15, 16, 18),
    (6, 13, 17, 22),
)
"""Actors of the speaker-independent test folds 1 to 6 of EmoBox (Ma et al. 2024, arXiv
2406.07162)."""

_AUDIO_SPEECH = re.compile(r'03-01-0([1-8])-\d\d-\d\d-\d\d-(\d\d)')
_ACTORS = range(1, 25)
_FIXED = {'train': range(1, 17), 'val': range(17, 21), 'test': range(21, 25)}


class Ravdess(SpeechCorpus):
    """The 1,440 spoken clips, audio only."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies and how it is split."""

        root: str = setting('', 'Folder of the corpus, or one that has it as ravdess_speech')
        fold: int = setting(
            0,
            'EmoBox fold to test on, 1 to 6; 0 tests on actors 21-24 and validates on 17-20',
            ge=0,
            le=len(EMOBOX_FOLDS),
        )

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'ravdess_speech')
        clips = [clip for name in files.names() if (clip := _clip(name)) is not None]
        speakers = {
            split: frozenset(f'{actor:02d}' for actor in actors)
            for split, actors in actors_of(config.fold).items()
        }
        super().__init__(files, LABELS, clips, speakers)


def actors_of(fold: int) -> dict[str, tuple[int, ...]]:
    """The actors of 'train', 'val' and 'test'.

    For a fold, the validation actors are a woman and a man of those that follow its own in the
    order of the folds; they are not trained on.
    """
    if fold == 0:
        return {split: tuple(actors) for split, actors in _FIXED.items()}
    test = EMOBOX_FOLDS[fold - 1]
    others = [actor for f in (*EMOBOX_FOLDS[fold:], *EMOBOX_FOLDS[: fold - 1]) for actor in f]
    val = tuple(next(a for a in others if a % 2 == parity) for parity in (0, 1))
    train = tuple(actor for actor in _ACTORS if actor not in (*test, *val))
    return {'train': train, 'val': val, 'test': test}


def _clip(name: str) -> Clip | None:
    match = _AUDIO_SPEECH.fullmatch(PurePosixPath(name).stem)
    if match is None:
        return None
    sex = 'F' if int(match[2]) % 2 == 0 else 'M'
    return Clip(name, subject=match[2], group=sex, target=int(match[1]) - 1)
