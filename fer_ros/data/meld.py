"""The sound of MELD, utterances of the television series Friends, with laughter and music.

Poria et al. 2019, arXiv 1810.02508; GPL 3.  Clips are videos
(``train_splits/dia0_utt0.mp4``, ``dev_splits_complete``, ``output_repeated_splits_test``), their
labels stand in ``train_sent_emo.csv``, ``dev_sent_emo.csv`` and ``test_sent_emo.csv``.  In the
published split the same six people are on every side; here, as everywhere, no speaker is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

LABELS = ('neutral', 'anger', 'disgust', 'fear', 'joy', 'sadness', 'surprise')
SPEAKERS = {
    'val': frozenset({'Phoebe', 'Joey'}),
    'test': frozenset({'Monica', 'Chandler'}),
}
"""A woman and a man of the six; the other two, and all guests, are trained on."""

_PARTS = {
    'train_sent_emo.csv': 'train_splits',
    'dev_sent_emo.csv': 'dev_splits_complete',
    'test_sent_emo.csv': 'output_repeated_splits_test',
}
_SEXES = {
    'Monica': 'F',
    'Phoebe': 'F',
    'Rachel': 'F',
    'Chandler': 'M',
    'Joey': 'M',
    'Ross': 'M',
}
_BROKEN = frozenset({'train_splits/dia125_utt3'})
"""Distributed without its sound."""
_CLIP = re.compile(r'(?:.*/)?(\w+/dia\d+_utt\d+)\.(?:mp4|wav|flac)')


class Meld(SpeechCorpus):
    """The utterances whose clip is there."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies."""

        root: str = setting('', 'Folder of the corpus, or one that has it as MELD.Raw or meld')

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'MELD.Raw', 'MELD', 'meld')
        clips = list(_clips(files))
        others = {clip.subject for clip in clips} - SPEAKERS['val'] - SPEAKERS['test']
        super().__init__(files, LABELS, clips, {**SPEAKERS, 'train': frozenset(others)})


def _clips(files: AudioFiles) -> Iterator[Clip]:
    names = files.names()
    sounds = {match[1]: match.string for match in filter(None, map(_CLIP.fullmatch, names))}
    for table in names:
        part = _PARTS.get(PurePosixPath(table).name)
        if part is None:
            continue
        for row in csv.DictReader(files.read(table).decode('utf-8-sig').splitlines()):
            clip = f'{part}/dia{row["Dialogue_ID"]}_utt{row["Utterance_ID"]}'
            if clip not in sounds or clip in _BROKEN:
                continue
            speaker = row['Speaker']
            target = LABELS.index(row['Emotion'])
            yield Clip(sounds[clip], speaker, _SEXES.get(speaker, ''), target)
