"""RAVDESS with its pictures: the 1,440 spoken clips in full audio and video.

Livingstone and Russo 2018, doi 10.1371/journal.pone.0196391; CC BY-NC-SA 4.0.  Read as
distributed: ``Video_Speech_Actor_01/Actor_01/01-01-06-01-02-01-12.mp4`` or without the outer
folder.  Names and splits are those of data.ravdess; clips without sound (``02-...``) are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.ravdess import EMOBOX_FOLDS, LABELS, actors_of
from fer_ros.data.speech_corpus import Clip
from fer_ros.data.video_corpus import VideoCorpus

_FULL_SPEECH = re.compile(r'01-01-0([1-8])-\d\d-\d\d-\d\d-(\d\d)')


class RavdessVideo(VideoCorpus):
    """The spoken clips with pictures and sound."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies, how it is split and how the pictures are read."""

        root: str = setting('', 'Folder of the corpus, or one that has it as ravdess_video')
        fold: int = setting(
            0,
            'EmoBox fold to test on, 1 to 6; 0 tests on actors 21-24 and validates on 17-20',
            ge=0,
            le=len(EMOBOX_FOLDS),
        )
        frame_rate: float = setting(5.0, 'Pictures taken at most', unit='Hz', ge=0.1, le=120.0)
        edge: int = setting(640, 'Longest edge of the pictures', unit='px', ge=48, le=4096)

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'ravdess_video')
        clips = [clip for name in files.names() if (clip := _clip(name)) is not None]
        speakers = {
            split: frozenset(f'{actor:02d}' for actor in actors)
            for split, actors in actors_of(config.fold).items()
        }
        super().__init__(files, LABELS, clips, speakers, config.frame_rate, config.edge)


def _clip(name: str) -> Clip | None:
    path = PurePosixPath(name)
    match = _FULL_SPEECH.fullmatch(path.stem)
    if match is None or path.suffix.lower() not in ('.mp4', '.mkv', '.webm'):
        return None
    sex = 'F' if int(match[2]) % 2 == 0 else 'M'
    return Clip(name, subject=match[2], group=sex, target=int(match[1]) - 1)
