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
from fer_ros.data.label_folders import check_label, subject_of, subject_pattern
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.speech_corpus import Clip, SpeechCorpus

SUFFIXES = frozenset(
    {'.wav', '.flac', '.ogg', '.opus', '.mp3', '.m4a', '.mp4', '.aac', '.aif', '.aiff', '.webm'}
)


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
        shown = [p for p in paths if not any(part.startswith('.') for part in p.parts)]
        sounds = [p for p in shown if p.suffix.lower() in SUFFIXES and len(p.parts) > 1]
        labels = sorted({path.parts[0] for path in sounds})
        for label in labels:
            check_label(files.root / label)
        pattern = subject_pattern('speaker', config.speaker)
        clips = [
            Clip(str(path), _speaker(path, pattern), '', labels.index(path.parts[0]))
            for path in sounds
        ]
        super().__init__(files, labels, clips, derived_split({c.subject: '' for c in clips}))


def _speaker(path: PurePosixPath, pattern: re.Pattern[str] | None) -> str:
    below = PurePosixPath(*path.parts[1:])
    return subject_of(below, 'speaker', pattern) or str(path)
