"""nEMO, Polish sentences acted by nine speakers in six emotions.

Christop 2024, arXiv 2404.06292; CC BY-NC-SA 4.0.  Speaker and emotion are in the file names
(``EB0_anger_1.wav``), so the layout as distributed (``samples/``), one folder per speaker, and a
tar file of either are all read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'sad', 'happy', 'angry', 'fearful', 'surprised')

_WORDS = ('neutral', 'sadness', 'happiness', 'anger', 'fear', 'surprised')
_NAME = re.compile(rf'([A-Z]{{2}}\d)_({"|".join(_WORDS)})_\d+')
_WOMEN = frozenset({'IC0', 'KD0', 'MK0', 'EB0'})
SPEAKERS = {
    'train': frozenset({'IC0', 'KD0', 'KS0', 'MP0', 'WR0'}),
    'val': frozenset({'MK0', 'SM0'}),
    'test': frozenset({'EB0', 'TP0'}),
}
"""A woman and a man in each of the sides that measure."""


class Nemo(SpeechCorpus):
    """The 4,481 clips; the sentences are the same for all speakers and emotions."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as nemo_polish')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'nemo_polish')
        clips = [clip for name in files.names() if (clip := _clip(name)) is not None]
        super().__init__(files, LABELS, clips, SPEAKERS)


def _clip(name: str) -> Clip | None:
    match = _NAME.fullmatch(PurePosixPath(name).stem)
    if match is None:
        return None
    sex = 'F' if match[1] in _WOMEN else 'M'
    return Clip(name, subject=match[1], group=sex, target=_WORDS.index(match[2]))
