"""Small stand-ins for the plugins: they answer what a test told them to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from fer_ros import cards
from fer_ros.cards import Card
from fer_ros.config import setting
from fer_ros.labels import LABELS, index_of
from fer_ros.types import (
    NS_PER_S,
    AudioWindow,
    Evidence,
    Face,
    Features,
    FloatArray,
    Frame,
    Fused,
    ImageArray,
)

C = len(LABELS)
SIZE = 8
"""Edge of the fake backbone's crops."""
RATE_HZ = 1000
WINDOW_S = 1.0


def seconds(value: float) -> int:
    """Seconds as nanoseconds."""
    return round(value * NS_PER_S)


def logits_for(label: str, strength: float = 4.0) -> FloatArray:
    """(C,) logits in favour of one label."""
    logits = np.zeros(C, dtype=np.float32)
    logits[index_of(label)] = strength
    return logits


def features_for(label: str, stamp_ns: int = 0, strength: float = 4.0) -> Features:
    return Features(stamp_ns, np.ones(4, dtype=np.float32), logits_for(label, strength), 1.0)


def frame_at(time_s: float, width: int = 160, height: int = 120) -> Frame:
    image = np.full((height, width, 3), 128, dtype=np.uint8)
    return Frame(seconds(time_s), 'camera', image)


def window_at(time_s: float, level: float = 0.5, coverage: float = 1.0) -> AudioWindow:
    """A window of constant sound, all of it heard, or none of it."""
    samples = np.full(round(RATE_HZ * WINDOW_S), level, dtype=np.float32)
    newest_ns = seconds(time_s) if coverage else None
    return AudioWindow(seconds(time_s), RATE_HZ, samples, coverage, newest_ns)


class FakeDetector:
    """Finds the faces it was given, and counts how often it was asked."""

    @dataclass(frozen=True)
    class Config:
        boxes: tuple[float, ...] = setting((), 'x, y, w, h of each face in turn')

    def __init__(self, config: Config, fail: Exception | None = None) -> None:
        boxes = np.asarray(config.boxes, dtype=float).reshape(-1, 4)
        self.faces = [Face(*box, score=0.9) for box in boxes.tolist()]
        self.fail = fail
        self.calls = 0

    def detect(self, image: ImageArray) -> list[Face]:
        self.calls += 1
        if self.fail:
            raise self.fail
        return list(self.faces)


class FakeFaceBackbone:
    """Answers the same logits for every crop."""

    crop_size = SIZE
    crop_margin = 0.0
    crop_eyes = None

    def __init__(self, logits: FloatArray) -> None:
        self.logits = logits
        self.batches: list[int] = []

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        assert crops.shape[1:] == (SIZE, SIZE, 3)
        self.batches.append(len(crops))
        count = len(crops)
        return np.ones((count, 4), np.float32), np.tile(self.logits, (count, 1))


class FakeAudioBackbone:
    """Answers the same logits for every window, and counts how often it was asked."""

    rate_hz = RATE_HZ
    window_s = WINDOW_S

    def __init__(self, logits: FloatArray) -> None:
        self.logits = logits
        self.calls = 0

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        assert samples.shape[1:] == (round(self.rate_hz * self.window_s),)
        self.calls += 1
        count = len(samples)
        return np.ones((count, 4), np.float32), np.tile(self.logits, (count, 1))


class FakeVad:
    """Hears speech wherever the sound is not zero."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config) -> None:
        pass

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        return float(np.count_nonzero(samples)) / len(samples)


class FakeFusion:
    """Answers whatever probabilities a test wants, or raises."""

    memory_s = 0.0

    def __init__(self, answer: Callable[[], FloatArray]) -> None:
        self.answer = answer

    def fuse(self, evidence: Evidence) -> Fused:
        return Fused(self.answer(), dict.fromkeys(evidence, 1 / len(evidence)))


def faces_of(boxes: Iterable[tuple[float, float, float, float]]) -> FakeDetector:
    flat = tuple(float(value) for box in boxes for value in box)
    return FakeDetector(FakeDetector.Config(flat))


class HappyFaceModel(FakeFaceBackbone):
    """A face backbone as a card names it."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config, card: Card, device: str) -> None:
        super().__init__(logits_for('happy'))


class SadVoiceModel(FakeAudioBackbone):
    """A voice backbone as a card names it, at a rate that microphones have."""

    rate_hz = 8000
    window_s = 1.0

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config, card: Card, device: str) -> None:
        super().__init__(logits_for('sad'))


class LeftDetector:
    """Finds one face at a fixed place, in pictures that are not black."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config: Config) -> None:
        pass

    def detect(self, image: ImageArray) -> list[Face]:
        return [Face(10, 20, 30, 40, score=0.9)] if image.any() else []


def write_models(folder: Path) -> Path:
    """Models of these fakes and a parameter file that names them; its path."""
    for kind, plugin in (('face_backbone', HappyFaceModel), ('audio_backbone', SadVoiceModel)):
        model = folder / kind
        model.mkdir()
        (model / 'weights.onnx').write_bytes(b'')
        content = {
            'schema': cards.SCHEMA,
            'kind': kind,
            'backbone': {'plugin': f'fakes:{plugin.__name__}'},
            'labels': list(LABELS),
            'input': {},
            'weights': {'file': 'weights.onnx', 'sha256': hashlib.sha256(b'').hexdigest()},
            'licence': 'Apache-2.0',
        }
        cards.write(model, content)
    settings = {
        'face': {
            'model': str(folder / 'face_backbone'),
            'detector': {'plugin': 'fakes:LeftDetector'},
        },
        'voice': {'model': str(folder / 'audio_backbone'), 'vad': {'plugin': 'fakes:FakeVad'}},
    }
    path = folder / 'perception.yaml'
    path.write_text(yaml.safe_dump(settings))
    return path
