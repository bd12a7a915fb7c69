"""The voice networks that run in PyTorch, as plugins.

The choice of one stands in a model's card; so a user names a model and never an architecture.
Nothing here imports torch before a network is built: settings can be read and checked without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from fer_ros import labels
from fer_ros.audio.features import FeatureConfig
from fer_ros.cards import Card
from fer_ros.config import ConfigError, parse, setting
from fer_ros.types import FloatArray

if TYPE_CHECKING:
    import torch


class TorchAudioBackbone(ABC):
    """A voice backbone of one network; an architecture is a subclass with Config and network().

    The sound's level does not matter, and silence, clipping or a window whose beginning was never
    heard (zeros) give finite answers.
    """

    Config: ClassVar[type[Any]]

    def __init__(self, config: Any, card: Card, device: str = 'auto') -> None:
        from fer_ros import torch_backbone

        self._card = card
        self._features = parse(FeatureConfig, card.input, f'{card.name}.input')
        self._device = torch_backbone.choose_device(device)
        self.loaded = torch_backbone.load_network(
            self.network(config, self._features.rows, len(card.labels)), card, self._device
        )
        """The network with its weights, as it runs."""
        self.precision = 'float32'
        self.rate_hz = self._features.rate_hz
        self.window_s = self._features.window_s

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one picture of features: rows, frames."""
        return self._features.rows, self._features.frames

    @staticmethod
    @abstractmethod
    def network(config: Any, rows: int, classes: int) -> torch.nn.Module:
        """The untrained network: (N, rows, frames) -> embeddings (N, D), logits (N, classes)."""

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sound (N, rate_hz * window_s) in [-1, 1] -> embeddings (N, D) and logits (N, C)."""
        embeddings, logits = self.infer_own_labels(samples)
        return embeddings, labels.to_canonical(logits, self._card.labels)

    def infer_own_labels(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As infer(), with logits (N, K) over the card's own labels: calm is not yet neutral."""
        from fer_ros import torch_backbone
        from fer_ros.audio import tensors

        return torch_backbone.run_own_labels(
            self.loaded,
            samples,
            lambda batch: tensors.prepare(batch, self._features),
            self._card,
            self._device,
            self.precision,
        )


class AttentiveResNet(TorchAudioBackbone):
    """The default: residual convolutions, a GRU and attentive statistics pooling."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the default network."""

        widths: tuple[int, ...] = setting(
            (16, 32, 64, 96), 'Channels of the stem and each residual block', ge=4, le=512
        )
        hidden: int = setting(128, 'Channels of the sequence', ge=8, le=1024)
        recurrent: int = setting(
            64, 'Units of the GRU in each direction, 0 for none', ge=0, le=1024
        )
        embedding: int = setting(128, 'Size of the embedding', ge=8, le=1024)
        dropout: float = setting(0.3, 'Dropout before the last layer', ge=0.0, le=0.95)
        pitch_rows: int = setting(
            0, 'The last so many rows are read as those of pitch (input.pitch_rows)', ge=0, le=256
        )
        pitch_widths: tuple[int, ...] = setting(
            (8, 16, 32), 'Channels of the stem and the blocks that read the pitch', ge=4, le=512
        )
        pitch_hidden: int = setting(48, 'Channels of the sequence of pitch', ge=8, le=1024)

    @staticmethod
    def network(config: Config, rows: int, classes: int) -> torch.nn.Module:
        """The untrained network.  Raises ConfigError where no rows would be left for the bands."""
        from fer_ros.audio import nets

        if config.pitch_rows >= rows:
            raise ConfigError(
                f'backbone.pitch_rows {config.pitch_rows}: the input has {rows} rows in all; '
                'input.pitch_rows adds those of pitch'
            )
        return nets.AttentiveResNet(
            rows,
            classes,
            config.widths,
            config.hidden,
            config.recurrent,
            config.embedding,
            config.dropout,
            config.pitch_rows,
            config.pitch_widths,
            config.pitch_hidden,
        )


class LogMelCNN(TorchAudioBackbone):
    """Plain convolutions over log-mel pictures."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the plain convolutional network."""

        widths: tuple[int, ...] = setting(
            (16, 32, 64, 128), 'Channels of each convolution', ge=4, le=512
        )
        embedding: int = setting(128, 'Size of the embedding', ge=8, le=1024)
        dropout: float = setting(0.3, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, rows: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.audio import nets

        return nets.LogMelCNN(classes, config.widths, config.embedding, config.dropout)


class MfccCNN(TorchAudioBackbone):
    """Convolutions over time with MFCC as channels: the cheapest."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the MFCC network."""

        widths: tuple[int, ...] = setting(
            (64, 128, 128), 'Channels of each convolution', ge=4, le=512
        )
        embedding: int = setting(128, 'Size of the embedding', ge=8, le=1024)
        dropout: float = setting(0.3, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, rows: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.audio import nets

        return nets.MfccCNN(rows, classes, config.widths, config.embedding, config.dropout)


class CRNN(TorchAudioBackbone):
    """Plain convolutions and a GRU over time."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the convolutional recurrent network."""

        widths: tuple[int, ...] = setting(
            (16, 32, 64, 64), 'Channels of each convolution', ge=4, le=512
        )
        recurrent: int = setting(64, 'Units of the GRU in each direction', ge=4, le=1024)
        embedding: int = setting(128, 'Size of the embedding', ge=8, le=1024)
        dropout: float = setting(0.3, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, rows: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.audio import nets

        return nets.CRNN(
            rows, classes, config.widths, config.recurrent, config.embedding, config.dropout
        )
