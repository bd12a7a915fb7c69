"""Plugins for tests of whole graphs: nodes in other processes load them by import path.

A face is wherever the picture is not black; its colour is its expression.  A voice is wherever
there is sound, and it is happy.  So a test says with plain colours what the camera sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_ros import cards
from fer_ros.labels import LABELS, index_of
from fer_ros.types import Face, FloatArray, ImageArray

COLOURS = {'angry': (220, 30, 30), 'happy': (30, 220, 30), 'sad': (30, 30, 220)}
BLACK = (0, 0, 0)
RATE_HZ = 8000
WINDOW_S = 0.5


class BrightDetector:
    """One face in the middle of any picture that is not dark."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config) -> None:
        pass

    def detect(self, image: ImageArray) -> list[Face]:
        if image.mean() < 20:
            return []
        height, width = image.shape[:2]
        return [Face(width / 4, height / 4, width / 2, height / 2, 0.9)]


class ColourReader:
    """Reads the expression off the strongest colour."""

    crop_size = 16
    crop_margin = 0.0
    crop_eyes = None

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config, card: Any, device: str) -> None:
        pass

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        logits = np.zeros((len(crops), len(LABELS)), np.float32)
        for row, crop in zip(logits, crops, strict=True):
            channel = int(crop.reshape(-1, 3).mean(axis=0).argmax())
            row[index_of(list(COLOURS)[channel])] = 6.0
        return np.ones((len(crops), 4), np.float32), logits


class HappyVoice:
    """Every voice is happy."""

    rate_hz = RATE_HZ
    window_s = WINDOW_S

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config, card: Any, device: str) -> None:
        pass

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        logits = np.zeros((len(samples), len(LABELS)), np.float32)
        logits[:, index_of('happy')] = 6.0
        return np.ones((len(samples), 4), np.float32), logits


class LoudVad:
    """Whatever is loud is speech."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config) -> None:
        pass

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        return float((np.abs(samples) > 0.01).mean())


def write_model(folder: Path, kind: str, class_name: str) -> Path:
    """A model folder whose card names a class of this module."""
    folder.mkdir(parents=True)
    (folder / 'weights.safetensors').write_bytes(b'none')
    cards.write(
        folder,
        {
            'schema': cards.SCHEMA,
            'kind': kind,
            'backbone': {'plugin': f'ros_fakes:{class_name}'},
            'labels': list(LABELS),
            'input': {},
            'weights': {'file': 'weights.safetensors', 'sha256': 'not read'},
            'licence': 'Apache-2.0',
        },
    )
    return folder


def perception_parameters(folder: Path) -> dict[str, Any]:
    """Parameters that make the perception node use these plugins; models go into ``folder``."""
    return {
        'face.model': str(write_model(folder / 'face', 'face_backbone', 'ColourReader')),
        'face.detector.plugin': 'ros_fakes:BrightDetector',
        'voice.model': str(write_model(folder / 'voice', 'audio_backbone', 'HappyVoice')),
        'voice.vad.plugin': 'ros_fakes:LoudVad',
        'voice.hop': 0.1,
        'smoothing.time_constant': 0.05,
    }
