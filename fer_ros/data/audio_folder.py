"""Any recordings, sorted into one folder for each label.

``angry/anna/1.wav`` is an angry clip of the speaker anna; in ``angry/1.wav`` the speaker is not
known, and each such file counts as a speaker of its own, unless ``speaker`` finds one in its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.speech_corpus import Clip, CorpusError, SpeechCorpus
from fer_ros.labels import LabelError, canonical

SUFFIXES = frozenset({'.wav', '.flac', '.ogg', '.opus', '.mp3', '.m4a', '.mp4'})


class AudioFolder(SpeechCorpus):
    """The labels are the folders' names: any word that names an emotion."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies and who speaks."""

        root: str = setting('', 'Folder of the label folders, or one that has it as audio_folder')
        speaker: str = setting(
            '',
            'Regular expression whose first group is the speaker, searched in the path below the '
            'label; empty for the folder between label and file',
        )

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), 'audio_folder')
        paths = [PurePosixPath(name) for name in files.names()]
        sounds = [p for p in paths if p.suffix.lower() in SUFFIXES and len(p.parts) > 1]
        labels = sorted({path.parts[0] for path in sounds})
        for label in labels:
            _check(label, files.root)
        pattern = _compiled(config.speaker)
        clips = [
            Clip(str(path), _speaker(path, pattern), '', labels.index(path.parts[0]))
            for path in sounds
        ]
        super().__init__(files, labels, clips, derived_split({c.subject: '' for c in clips}))


def _check(label: str, root: Path) -> None:
    try:
        canonical(label)
    except LabelError as error:
        raise CorpusError(f'{root / label}: {error}') from error


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise CorpusError(f'speaker {pattern!r} is no regular expression: {error}') from error
    if not compiled.groups:
        raise CorpusError(f'speaker {pattern!r} has no group (...) that names the speaker')
    return compiled


def _speaker(path: PurePosixPath, pattern: re.Pattern[str] | None) -> str:
    below = PurePosixPath(*path.parts[1:])
    if pattern is not None:
        found = pattern.search(str(below))
        if found is None:
            raise CorpusError(f'speaker {pattern.pattern!r} finds none in {str(below)!r}')
        return str(found[1])
    return below.parts[0] if len(below.parts) > 1 else str(path)
