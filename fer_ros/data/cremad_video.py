"""CREMA-D with its pictures: ``VideoFlash/1001_DFA_ANG_XX.flv``; see data.cremad."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fer_ros.config import setting
from fer_ros.data.audio_files import AudioFiles
from fer_ros.data.cremad import FOLDERS, LABELS, find_clips
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.video_corpus import VideoCorpus


class CremaDVideo(VideoCorpus):
    """The 7,442 clips with pictures and sound; the actors are divided as in data.cremad."""

    @dataclass(frozen=True)
    class Config:
        """Where it lies and how the pictures are read."""

        root: str = setting('', 'Folder of the corpus, or one that has it as CREMA-D or cremad')
        frame_rate: float = setting(5.0, 'Pictures taken at most', unit='Hz', ge=0.1, le=120.0)
        edge: int = setting(480, 'Longest edge of the pictures', unit='px', ge=48, le=4096)

    def __init__(self, config: Config) -> None:
        files = AudioFiles.below(Path(config.root).expanduser(), *FOLDERS)
        clips, sexes = find_clips(files, 'flv')
        split = derived_split(sexes)
        super().__init__(files, LABELS, clips, split, config.frame_rate, config.edge)
