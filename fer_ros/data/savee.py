"""SAVEE, English sentences acted by four men in seven emotions.

Haq and Jackson 2009 (AVSP).  Read as distributed (``AudioData/DC/sa01.wav``) and as it is often
mirrored, all in one folder (``DC_sa01.wav``).
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
SPEAKERS = ('DC', 'JE', 'JK', 'KL')

_CODES = ('n', 'a', 'd', 'f', 'h', 'sa', 'su')
_NAME = re.compile(rf'(?:.*/)?({"|".join(SPEAKERS)})[/_]({"|".join(_CODES)})\d\d\.wav')


class Savee(SpeechCorpus):
    """The 480 clips."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as savee')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'savee')
        matches = filter(None, map(_NAME.fullmatch, files.names()))
        clips = [Clip(m.string, m[1], 'M', _CODES.index(m[2])) for m in matches]
        super().__init__(files, LABELS, clips, derived_split(dict.fromkeys(SPEAKERS, 'M')))
