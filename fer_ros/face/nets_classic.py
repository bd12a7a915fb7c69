"""Well-known small face networks, to learn from and to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from fer_ros.face.nets import ConvNorm, Head


class SimpleNet(nn.Module):
    """Two convolutions with pooling, two linear layers, as textbooks teach it."""

    def __init__(
        self, channels: int, classes: int, width: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.AdaptiveAvgPool2d(6),
            nn.Flatten(),
        )
        self.hidden = nn.Linear(2 * width * 36, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, channels, S, S) -> embeddings (N, hidden), logits (N, classes)."""
        embedding = torch.relu(self.hidden(self.dropout(self.features(x))))
        return embedding, self.output(self.dropout(embedding))


class VGGNet(nn.Module):
    """Stages of 3x3 convolutions, each halving the picture (Simonyan 2015), with batch norm."""

    def __init__(
        self,
        channels: int,
        classes: int,
        widths: Sequence[int],
        convolutions: int,
        dropout: float,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels
        for width in widths:
            for _ in range(convolutions):
                layers += [ConvNorm(inputs, width), nn.ReLU()]
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.head = Head(inputs, classes, dropout)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, channels, S, S) -> embeddings (N, D), logits (N, classes)."""
        result: tuple[torch.Tensor, torch.Tensor] = self.head(self.features(x))
        return result


class SeparableModule(nn.Module):
    """Two depthwise-separable convolutions and pooling beside a strided shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.shortcut = ConvNorm(inputs, outputs, 1, 2)
        self.change = nn.Sequential(
            _separable(inputs, outputs),
            nn.ReLU(),
            _separable(outputs, outputs),
            nn.MaxPool2d(3, 2, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / 2, W / 2)."""
        result: torch.Tensor = self.change(x) + self.shortcut(x)
        return result


class MiniXceptionNet(nn.Module):
    """mini-XCEPTION (Arriaga 2017): two convolutions, separable modules, a convolution as head."""

    def __init__(self, channels: int, classes: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(channels, 8), nn.ReLU(), ConvNorm(8, 8), nn.ReLU())
        pairs = zip((8, *widths), widths, strict=False)
        self.separable = nn.Sequential(*(SeparableModule(a, b) for a, b in pairs))
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Conv2d(widths[-1], classes, 3, padding=1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, channels, S, S) -> embeddings (N, D), logits (N, classes)."""
        features = self.separable(self.stem(x))
        return features.mean((2, 3)), self.output(self.dropout(features)).mean((2, 3))


def _separable(inputs: int, outputs: int) -> nn.Module:
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
    return nn.Sequential(depthwise, ConvNorm(inputs, outputs, 1))
