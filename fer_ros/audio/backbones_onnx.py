"""Any classifier of voices in ONNX as a plugin; its card says all that is special about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_ros import labels
from fer_ros.audio.features import FeatureConfig, extract
from fer_ros.cards import Card
from fer_ros.config import parse, setting
from fer_ros.onnx_network import OnnxConfig, OnnxNetwork
from fer_ros.types import FloatArray

_FLATTEST = 1e-7
"""Variance that is added before dividing, as wav2vec 2.0 does: silence stays silence."""


@dataclass(frozen=True)
class SamplesInput:
    """The ``input`` of a card whose network reads sound itself, not features of it."""

    kind: str = setting('samples', 'What the net reads', choices=('samples',))
    rate_hz: int = setting(16000, 'Sampling rate', unit='Hz', ge=8000, le=48000)
    window_s: float = setting(3.0, 'Length of sound per estimate', unit='s', ge=0.5, le=30.0)
    standardise: bool = setting(
        False, 'Whether each window is brought to mean 0 and deviation 1 (wav2vec 2.0)'
    )


class OnnxAudioBackbone:
    """A voice backbone that runs in onnxruntime, on samples, log-mel bands or MFCC."""

    @dataclass(frozen=True)
    class Config(OnnxConfig):
        """The file's outputs and its layout."""

        layout: str = setting(
            'rows_frames',
            'Order of the axes of features: bands before frames, or after',
            choices=('rows_frames', 'frames_rows'),
        )

    def __init__(self, config: Config, card: Card, device: str = 'auto') -> None:
        self._labels = card.labels
        self._input = _parse_input(card.input, f'{card.name}.input')
        self._turned = config.layout == 'frames_rows'
        self.rate_hz = self._input.rate_hz
        self.window_s = self._input.window_s
        silence = np.zeros((1, round(self.rate_hz * self.window_s)), np.float32)
        self._network = OnnxNetwork(config, card, device, self._prepared(silence).shape[1:])

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sound (N, rate_hz * window_s) in [-1, 1] -> embeddings (N, D) and logits (N, C)."""
        embeddings, logits = self.infer_own_labels(samples)
        return embeddings, labels.to_canonical(logits, self._labels)

    def infer_own_labels(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As infer(), with logits (N, K) over the card's own labels."""
        return self._network.infer(samples, self._prepared)

    def _prepared(self, samples: FloatArray) -> FloatArray:
        if isinstance(self._input, FeatureConfig):
            features = extract(samples, self._input)
            return np.swapaxes(features, -1, -2) if self._turned else features
        if not self._input.standardise:
            return samples
        centred = samples - samples.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        result: FloatArray = centred / np.sqrt(variance + np.float32(_FLATTEST))
        return result


def _parse_input(data: Mapping[str, Any], path: str) -> FeatureConfig | SamplesInput:
    if data.get('kind') == 'samples':
        return parse(SamplesInput, data, path)
    return parse(FeatureConfig, data, path)
