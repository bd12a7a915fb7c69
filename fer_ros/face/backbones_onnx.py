"""Any classifier of faces in ONNX as a plugin; its card says all that is special about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fer_ros import labels
from fer_ros.cards import Card
from fer_ros.config import ConfigError, parse, setting
from fer_ros.face.crops import FLATTEST, LUMA, parse_eyes
from fer_ros.onnx_network import OnnxConfig, OnnxNetwork
from fer_ros.protocols import EyePositions
from fer_ros.types import FloatArray, ImageArray


@dataclass(frozen=True)
class OnnxFaceInput:
    """The ``input`` of a card of such a model."""

    size: int = setting(224, 'Edge of the square crop', unit='px', ge=16, le=1024)
    colour: str = setting('rgb', 'Channels of the crop', choices=('grey', 'rgb', 'bgr'))
    white: float = setting(
        1.0, 'Value of white before mean and deviation: 1 or 255', ge=1.0, le=255.0
    )
    standardise: str = setting(
        'fixed', 'Mean and deviation: those given, or of each crop', choices=('fixed', 'crop')
    )
    mean: tuple[float, ...] = setting((0.0,), 'Subtracted: for all channels or for each')
    std: tuple[float, ...] = setting((1.0,), 'Divides: for all channels or for each', ge=1e-6)
    margin: float = setting(
        0.0, 'Added around the face box, as a share of its edge', ge=-0.5, le=2.0
    )
    eyes: EyePositions | None = None
    """Where the training crops have the eyes; see face.crops.FaceInput."""

    @property
    def channels(self) -> int:
        """Channels of the network's input."""
        return 1 if self.colour == 'grey' else 3

    def __post_init__(self) -> None:
        for name in ('mean', 'std'):
            count = len(getattr(self, name))
            if count not in (1, self.channels):
                raise ConfigError(f'{name}: {count} numbers for {self.channels} channels')


class OnnxFaceBackbone:
    """A face backbone that runs in onnxruntime."""

    @dataclass(frozen=True)
    class Config(OnnxConfig):
        """The file's outputs and its layout."""

        layout: str = setting(
            'nchw', 'Channels before height and width, or after', choices=('nchw', 'nhwc')
        )

    def __init__(self, config: Config, card: Card, device: str = 'auto') -> None:
        self._labels = card.labels
        self._input = parse_onnx_input(card.input)
        self._last = config.layout == 'nhwc'
        self.crop_size = self._input.size
        self.crop_margin = self._input.margin
        self.crop_eyes = self._input.eyes
        none = np.empty((0, self.crop_size, self.crop_size, 3), np.uint8)
        self._network = OnnxNetwork(config, card, device, self._prepared(none).shape[1:])

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        """RGB crops (N, crop_size, crop_size, 3) -> embeddings (N, D) and logits (N, C)."""
        embeddings, logits = self._network.infer(crops, self._prepared)
        return embeddings, labels.to_canonical(logits, self._labels)

    def _prepared(self, crops: ImageArray) -> FloatArray:
        values = prepare(crops, self._input)
        return values if self._last else np.moveaxis(values, -1, 1)


def parse_onnx_input(data: Mapping[str, Any]) -> OnnxFaceInput:
    """The input in a card; one number as mean or std means all channels.  Raises ConfigError."""
    rest = {key: value for key, value in data.items() if key != 'eyes'}
    for key in ('mean', 'std'):
        if isinstance(rest.get(key), (int, float)):
            rest[key] = [rest[key]]
    parsed = parse(OnnxFaceInput, rest, 'input')
    return replace(parsed, eyes=parse_eyes(data['eyes'])) if 'eyes' in data else parsed


def prepare(crops: ImageArray, face_input: OnnxFaceInput) -> FloatArray:
    """RGB crops (N, S, S, 3) -> what the network reads, (N, S, S, channels)."""
    values = crops.astype(np.float32) / np.float32(255.0)
    if face_input.colour == 'grey':
        values = (values @ np.array(LUMA, np.float32))[..., None]
    elif face_input.colour == 'bgr':
        values = values[..., ::-1]
    if face_input.standardise == 'crop':
        centred = values - values.mean((1, 2, 3), keepdims=True)
        deviation = np.sqrt(np.square(centred).mean((1, 2, 3), keepdims=True))
        result: FloatArray = centred / np.maximum(deviation, np.float32(FLATTEST))
        return result
    mean, std = (np.array(each, np.float32) for each in (face_input.mean, face_input.std))
    return (values * np.float32(face_input.white) - mean) / std
