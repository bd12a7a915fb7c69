"""The face networks that run in PyTorch, as plugins.

The choice of one stands in a model's card; so a user names a model and never an architecture.
Nothing here imports torch before a network is built: settings can be read and checked without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from fer_ros.cards import Card
from fer_ros.config import setting
from fer_ros.face.crops import parse_input
from fer_ros.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import torch


class TorchFaceBackbone(ABC):
    """A face backbone of one network; an architecture is a subclass with Config and network()."""

    Config: ClassVar[type[Any]]

    def __init__(self, config: Any, card: Card, device: str = 'auto') -> None:
        from fer_ros import torch_backbone

        self._card = card
        self._input = parse_input(card.input)
        self._device = torch_backbone.choose_device(device)
        self.loaded = torch_backbone.load_network(
            self.network(config, self._input.channels, len(card.labels)),
            card,
            self._device,
            torch_backbone.CHANNELS_LAST,  # a third faster for one face on a CPU
        )
        """The network with its weights, as it runs."""
        self.precision = 'float32'
        self.crop_size = self._input.size
        self.crop_margin = self._input.margin
        self.crop_eyes = self._input.eyes

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one prepared crop: channels, height, width."""
        return self._input.channels, self.crop_size, self.crop_size

    @staticmethod
    @abstractmethod
    def network(config: Any, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network: (N, channels, S, S) -> embeddings (N, D), logits (N, classes)."""

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        """RGB crops (N, crop_size, crop_size, 3) -> embeddings (N, D) and logits (N, C)."""
        from fer_ros import torch_backbone
        from fer_ros.face import tensors

        return torch_backbone.run(
            self.loaded,
            crops,
            lambda batch: tensors.prepare(batch, self._input),
            self._card,
            self._device,
            self.precision,
        )


class SimpleCNN(TorchFaceBackbone):
    """Two convolutions and two linear layers."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the textbook network."""

        width: int = setting(32, 'Channels of the first convolution', ge=4, le=256)
        hidden: int = setting(128, 'Units of the hidden linear layer', ge=8, le=1024)
        dropout: float = setting(0.5, 'Dropout before the linear layers', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.face import nets_classic

        return nets_classic.SimpleNet(
            channels, classes, config.width, config.hidden, config.dropout
        )


class VGG(TorchFaceBackbone):
    """Stages of plain 3x3 convolutions with pooling between them."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the small VGG."""

        widths: tuple[int, ...] = setting((32, 64, 128), 'Channels of each stage', ge=4, le=512)
        convolutions: int = setting(2, 'Convolutions in each stage', ge=1, le=4)
        dropout: float = setting(0.4, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.face import nets_classic

        return nets_classic.VGGNet(
            channels, classes, config.widths, config.convolutions, config.dropout
        )


class ResNet(TorchFaceBackbone):
    """Stages of residual blocks at full input resolution (He 2016, the CIFAR variant)."""

    @dataclass(frozen=True)
    class Config:
        """Settings of the residual networks."""

        widths: tuple[int, ...] = setting((32, 64, 128), 'Channels of each stage', ge=4, le=1024)
        depths: tuple[int, ...] = setting((2, 2, 2), 'Residual blocks in each stage', ge=1, le=16)
        dropout: float = setting(0.2, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.face import nets

        return nets.ResidualNet(channels, classes, config.widths, config.depths, config.dropout)


class FastResNet(TorchFaceBackbone):
    """The default: residual blocks that recalibrate their channels, from half resolution on.

    Dense 3x3 convolutions fill the vector units of a CPU where depthwise ones wait for memory, and
    halving the resolution in the stem costs little accuracy and saves most of the time.
    Squeeze-and-excitation is that of Hu (2018).
    """

    @dataclass(frozen=True)
    class Config(ResNet.Config):
        """Settings of the default network."""

        widths: tuple[int, ...] = setting(
            (32, 64, 128, 192), 'Channels of each stage', ge=4, le=1024
        )
        depths: tuple[int, ...] = setting(
            (2, 2, 2, 1), 'Residual blocks in each stage', ge=1, le=16
        )

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.face import nets

        return nets.ResidualNet(
            channels,
            classes,
            config.widths,
            config.depths,
            config.dropout,
            stem_stride=2,
            recalibrate=True,
        )


class MiniXception(TorchFaceBackbone):
    """Residual depthwise-separable modules of few weights (Arriaga 2017)."""

    @dataclass(frozen=True)
    class Config:
        """Settings of mini-XCEPTION."""

        widths: tuple[int, ...] = setting(
            (16, 32, 64, 128), 'Channels of each separable module', ge=4, le=512
        )
        dropout: float = setting(0.0, 'Dropout before the last layer', ge=0.0, le=0.95)

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network."""
        from fer_ros.face import nets_classic

        return nets_classic.MiniXceptionNet(channels, classes, config.widths, config.dropout)
