"""IEMOCAP, five sessions of an actress and an actor each, scripted and improvised, in English.

Busso et al. 2008, doi 10.1007/s10579-008-9076-6.  Utterances lie in
``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav``, what the raters agreed on in
``Session1/dialog/EmoEvaluation/Ses01F_impro01.txt``.  As most do, excitement counts as happiness;
frustration and what has no majority are left out, since no label here means them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'angry', 'disgust', 'fearful', 'happy', 'sad', 'surprised')
SESSIONS = 5

_CODES = {
    'neu': 'neutral',
    'ang': 'angry',
    'dis': 'disgust',
    'fea': 'fearful',
    'hap': 'happy',
    'exc': 'happy',
    'sad': 'sad',
    'sur': 'surprised',
}
_LINE = re.compile(r'\[[^]]*\]\t(Ses(0[1-5])[FM]_\w+_([FM])\d+)\t([a-z]{3})\t')


class Iemocap(SpeechCorpus):
    """The utterances whose label more than half of the raters chose."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies and how it is split."""

        root: str = setting('', 'Folder of the corpus, or one that has it as IEMOCAP')
        fold: int = setting(
            0,
            'Session to test on, 0 for the fifth; the one before it validates',
            ge=0,
            le=SESSIONS,
        )

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(
            Path(config.root).expanduser(), 'IEMOCAP_full_release', 'IEMOCAP', 'iemocap'
        )
        super().__init__(files, LABELS, list(_clips(files)), _speakers(config.fold))


def _speakers(fold: int) -> dict[str, frozenset[str]]:
    test = (fold - 1) % SESSIONS
    val = (test - 1) % SESSIONS
    train = [session for session in range(SESSIONS) if session not in (test, val)]
    sides = {'train': train, 'val': [val], 'test': [test]}
    return {
        side: frozenset(f'{session + 1:02d}{sex}' for session in sessions for sex in 'FM')
        for side, sessions in sides.items()
    }


def _clips(files: AudioFiles) -> Iterator[Clip]:
    paths = [PurePosixPath(name) for name in files.names()]
    sounds = {path.stem: str(path) for path in paths if path.suffix == '.wav'}
    for path in paths:
        if path.parent.name != 'EmoEvaluation' or not re.fullmatch(r'Ses\w+\.txt', path.name):
            continue
        for line in files.read(str(path)).decode('utf-8').splitlines():
            match = _LINE.match(line)
            if match is None or match[4] not in _CODES or match[1] not in sounds:
                continue
            yield Clip(
                sounds[match[1]],
                subject=match[2] + match[3],
                group=match[3],
                target=LABELS.index(_CODES[match[4]]),
            )
