"""EMO-DB, ten German sentences acted by ten speakers in Berlin.

Burkhardt et al. 2005, doi 10.21437/Interspeech.2005-446.  Speaker, sentence and emotion are in
the file names (``wav/03a01Fa.wav``).  The clips of boredom are left out: no label here means it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'angry', 'disgust', 'fearful', 'happy', 'sad')

_LETTERS = 'NWEAFT'
_NAME = re.compile(rf'(\d\d)[ab]\d\d([{_LETTERS}])[a-z]?')
_SEXES = {
    **dict.fromkeys(('03', '10', '11', '12', '15'), 'M'),
    **dict.fromkeys(('08', '09', '13', '14', '16'), 'F'),
}


class EmoDb(SpeechCorpus):
    """The 454 clips that are not bored."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as emodb')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'emodb')
        clips = [clip for name in files.names() if (clip := _clip(name)) is not None]
        super().__init__(files, LABELS, clips, derived_split(_SEXES))


def _clip(name: str) -> Clip | None:
    match = _NAME.fullmatch(PurePosixPath(name).stem)
    if match is None or match[1] not in _SEXES:
        return None
    return Clip(name, match[1], _SEXES[match[1]], _LETTERS.index(match[2]))
