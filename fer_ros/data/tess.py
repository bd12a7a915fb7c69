"""TESS, 200 English words spoken by a younger and an older woman in seven emotions.

Pichora-Fuller and Dupuis 2020, doi 10.5683/SP2/E8H2MF; CC BY-NC-ND 4.0.  Speaker and emotion are
in the file names (``OAF_back_angry.wav``; ``ps`` is a pleasant surprise).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'angry', 'disgust', 'fearful', 'happy', 'sad', 'surprised')
SPEAKERS = ('OAF', 'YAF')

_WORDS = ('neutral', 'angry', 'disgust', 'fear', 'happy', 'sad', 'ps')
# one clip is distributed as OA_bite_neutral.wav
_NAME = re.compile(rf'(?:.*/)?(OAF?|YAF)_[a-z]+_({"|".join(_WORDS)})\.wav')


class Tess(SpeechCorpus):
    """The 2,800 clips.  Two speakers cannot be split in three: both are trained on."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as tess')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'tess')
        matches = filter(None, map(_NAME.fullmatch, files.names()))
        clips = [Clip(m.string, f'{m[1][:2]}F', 'F', _WORDS.index(m[2])) for m in matches]
        super().__init__(files, LABELS, clips, derived_split(dict.fromkeys(SPEAKERS, 'F')))
