"""The sound of CREMA-D: twelve English sentences acted by 91 people in six emotions.

Cao et al. 2014, doi 10.1109/TAFFC.2014.2336244; ODbL.  Actor and emotion are in the file names
(``AudioWAV/1001_DFA_ANG_XX.wav``); the label is what was meant.  Age and sex come from the
corpus's ``VideoDemographics.csv`` where it is there.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'angry', 'disgust', 'fearful', 'happy', 'sad')

FOLDERS = ('CREMA-D', 'cremad')
"""What its folder is called."""
_CODES = ('NEU', 'ANG', 'DIS', 'FEA', 'HAP', 'SAD')
_NAME = re.compile(rf'(?:.*/)?(1\d\d\d)_[A-Z]{{3}}_({"|".join(_CODES)})_[A-Z]{{2}}\.(wav|flv)')
_DEMOGRAPHICS = 'VideoDemographics.csv'


class CremaD(SpeechCorpus):
    """The 7,442 clips."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as CREMA-D or cremad')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), *FOLDERS)
        clips, sexes = find_clips(files, 'wav')
        super().__init__(files, LABELS, clips, derived_split(sexes))


def find_clips(files: AudioFiles, suffix: str) -> tuple[list[Clip], dict[str, str]]:
    """The clips whose files end in a suffix, and the sex of every actor ('' where unknown)."""
    names = files.names()
    sexes = _sexes(files, names)
    clips = []
    for match in filter(None, map(_NAME.fullmatch, names)):
        if match[3] == suffix:
            sex = sexes.setdefault(match[1], '')
            clips.append(Clip(match.string, match[1], sex, _CODES.index(match[2])))
    return clips, sexes


def _sexes(files: AudioFiles, names: list[str]) -> dict[str, str]:
    tables = [name for name in names if PurePosixPath(name).name == _DEMOGRAPHICS]
    if not tables:
        return {}
    rows = csv.DictReader(files.read(tables[0]).decode('utf-8-sig').splitlines())
    return {row['ActorID']: row['Sex'][:1] for row in rows}
