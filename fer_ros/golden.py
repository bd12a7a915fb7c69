"""A fixed input and the answer a model gave to it when it was made.

The hash in a card shows that the weights are the right ones; this shows that what runs them here
(library versions, processor, preprocessing) still gives the same answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fer_ros import writing, yaml_files
from fer_ros.labels import LABELS, softmax
from fer_ros.types import Features, FloatArray, ImageArray, Modality

FILE = 'golden.yaml'
TOLERANCE = 0.01
"""Largest difference of a probability that rounding on another processor explains."""


class GoldenError(ValueError):
    """A model whose golden answer is missing or does not come out again."""


def crops(size: int) -> ImageArray:
    """Two RGB crops (2, size, size, 3): a face drawn with a smile, and one with an open mouth."""
    y, x = np.mgrid[0:size, 0:size] / size
    pictures = []
    for mouth_height in (0.03, 0.12):
        values = 190.0 - 60.0 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
        for eye_x in (0.31, 0.69):
            values[(x - eye_x) ** 2 + ((y - 0.38) * 1.6) ** 2 < 0.005] = 40.0
        curve = 0.78 - 0.5 * (x - 0.5) ** 2
        values[(np.abs(y - curve) < mouth_height) & (np.abs(x - 0.5) < 0.2)] = 60.0
        pictures.append(np.repeat(values[:, :, None], 3, axis=2))
    return np.stack(pictures).astype(np.uint8)


def sound(rate_hz: int, window_s: float) -> FloatArray:
    """Two sounds (2, N) in [-1, 1]: a voiced tone that falls, and one that rises and trembles."""
    t = np.arange(round(rate_hz * window_s)) / rate_hz
    low = np.sin(2 * np.pi * (180.0 * t - 15.0 * t**2))
    high = np.sin(2 * np.pi * (220.0 * t + 20.0 * t**2) + 2.0 * np.sin(2 * np.pi * 6.0 * t))
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4.0 * t)
    voices = np.stack([low**3, 0.6 * high**5 + 0.4 * high])
    return np.asarray(0.3 * syllables * voices, dtype=np.float32)


def evidence(sizes: Mapping[Modality, int]) -> list[dict[Modality, list[Features]]]:
    """Two moments: all modalities, whose embeddings have those sizes, and the first one alone."""
    everything = {
        name: [
            Features(
                stamp_ns=0,
                embedding=np.cos(np.arange(size, dtype=np.float32) + number),
                logits=np.float32(2.0) * np.sin(np.arange(len(LABELS), dtype=np.float32) + number),
                quality=0.8,
            )
        ]
        for number, (name, size) in enumerate(sorted(sizes.items()))
    }
    first = min(everything)
    return [everything, {first: everything[first]}]


def logits(kind: str, backbone: Any) -> FloatArray:
    """The logits (2, C) that a loaded backbone of a kind gives to the fixed input.

    A fusion's are the logarithms of its probabilities.
    """
    if kind == 'fusion':
        fused = [backbone.fuse(moment).probabilities for moment in evidence(backbone.sizes)]
        logs: FloatArray = np.log(np.maximum(np.stack(fused), np.finfo(np.float32).tiny))
        return logs
    if kind == 'face_backbone':
        fixed: Any = crops(backbone.crop_size)
    else:
        fixed = sound(backbone.rate_hz, backbone.window_s)
    answer: FloatArray = backbone.infer(fixed)[1]
    return answer


def write(folder: Path, kind: str, backbone: Any) -> None:
    """Write a model's golden answer beside its card."""
    rows = [
        dict(zip(LABELS, (round(float(p), 4) for p in row), strict=True))
        for row in softmax(logits(kind, backbone))
    ]
    text = yaml.safe_dump({'probabilities': rows}, sort_keys=False)
    writing.write_text(folder / FILE, text)


def check(folder: Path, kind: str, backbone: Any, tolerance: float = TOLERANCE) -> None:
    """Compare with the golden answer.

    Raises GoldenError where a probability differs by more than ``tolerance``.
    """
    path = folder / FILE
    try:
        stated = yaml_files.read(path)['probabilities']
        expected = np.array([[float(row[label]) for label in LABELS] for row in stated])
    except (LookupError, TypeError, ValueError) as error:
        raise GoldenError(f'{path}: no golden answer ({error!r})') from error
    answers = softmax(logits(kind, backbone))
    if expected.shape != answers.shape:
        raise GoldenError(f'{path}: {len(expected)} answers, must be {len(answers)}')
    worst = float(np.abs(answers - expected).max())
    if not worst <= tolerance:
        raise GoldenError(f'{path}: a probability is off by {worst:.3f}, at most {tolerance} is')
