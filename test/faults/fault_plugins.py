"""Plugins that work until a Switch says how they shall fail: '<part> <way>', as in 'vad nan'."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import ros_fakes
from switch import said

from fer_ros.types import Evidence, Face, FloatArray, Fused, ImageArray

POLL_S = 0.05


@dataclass(frozen=True)
class NoSettings:
    """None."""


def way(part: str) -> str:
    """How a part shall fail now; '' where it works."""
    named, _, wanted = said().partition(' ')
    return wanted if named == part else ''


def fail(part: str) -> str:
    """Raise or hang as the switch says; other ways are left to the part."""
    wanted = way(part)
    if wanted == 'raise':
        raise KeyError(f'{part} is broken')
    if wanted == 'memory':
        import torch

        raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 9.00 GiB')
    while wanted == 'hang' and way(part) == 'hang':
        threading.Event().wait(POLL_S)
    return wanted


def spoilt(wanted: str, answer: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The embeddings and logits of a backbone, as another one might give them."""
    embeddings, logits = answer
    if wanted == 'nan':
        return embeddings, np.full_like(logits, np.nan)
    if wanted == 'shape':
        return embeddings[:, :0], logits[:, :3]
    return answer


class Detector(ros_fakes.BrightDetector):
    """Finds what is bright."""

    Config = NoSettings

    def detect(self, image: ImageArray) -> list[Face]:
        wanted = fail('detector')
        if wanted == 'nan':
            return [Face(np.nan, np.nan, np.nan, np.nan, np.nan)]
        if wanted == 'nonsense':
            return [Face(-1e9, -1e9, 2e9, 2e9, 5.0), Face(5, 5, -3, 0, 0.5)]
        return super().detect(image)


class FaceReader(ros_fakes.ColourReader):
    """Reads colours."""

    Config = NoSettings

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        return spoilt(fail('face'), super().infer(crops))


class VoiceReader(ros_fakes.HappyVoice):
    """Every voice is happy."""

    Config = NoSettings

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        return spoilt(fail('voice'), super().infer(samples))


class Vad(ros_fakes.LoudVad):
    """Whatever is loud is speech."""

    Config = NoSettings

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        wanted = fail('vad')
        return float('nan') if wanted == 'nan' else super().voiced_share(samples, rate_hz)


class Fusion:
    """The mean."""

    Config = NoSettings
    memory_s = 0.0

    def __init__(self, config: Any) -> None:
        fail('building')

    def fuse(self, evidence: Evidence) -> Fused:
        wanted = fail('fusion')
        newest = [features[-1].logits for features in evidence.values()]
        shares = np.exp(newest - np.max(newest, axis=1, keepdims=True))
        mean = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0).astype(np.float32)
        if wanted == 'nan':
            mean = np.full_like(mean, np.nan)
        return Fused(mean, dict.fromkeys(evidence, 1 / len(evidence)))


class BrokenConfig:
    """A plugin whose settings cannot be read."""

    Config = int
    memory_s = 0.0

    def fuse(self, evidence: Evidence) -> Fused:
        raise NotImplementedError


class BrokenPolicy:
    """Cannot decide."""

    Config = NoSettings

    def __init__(self, config: Any) -> None:
        pass

    def decide(self, expression: Any, now_ns: int) -> Any:
        raise KeyError('no rule')
