"""Residual networks for small face crops.

Every network maps (N, channels, S, S) to embeddings (N, D) and logits (N, classes), so that fusion
can use either.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ConvNorm(nn.Module):
    """Convolution and batch norm, which can become one convolution after training."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.norm: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        result: torch.Tensor = self.norm(self.conv(x))
        return result

    def fold(self) -> None:
        """Make the batch norm part of the convolution; only in evaluation mode, only once."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Head(nn.Module):
    """Average over the picture, dropout, one linear layer."""

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, width, H, W) -> embeddings (N, width), logits (N, classes)."""
        embedding = x.mean((2, 3))
        return embedding, self.linear(self.dropout(embedding))


class Recalibration(nn.Module):
    """Squeeze-and-excitation: each channel is scaled by what the whole picture says (Hu 2018)."""

    def __init__(self, width: int, reduction: int = 8) -> None:
        super().__init__()
        self.squeeze = nn.Linear(width, width // reduction)
        self.excite = nn.Linear(width // reduction, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, width, H, W) -> the same shape."""
        scale = self.excite(torch.relu(self.squeeze(x.mean((2, 3)))))
        return x * torch.sigmoid(scale)[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He 2016), which pools where it shrinks (He 2019)."""

    def __init__(self, inputs: int, outputs: int, stride: int, recalibrate: bool) -> None:
        super().__init__()
        self.first = ConvNorm(inputs, outputs, 3, stride)
        self.second = ConvNorm(outputs, outputs)
        self.recalibration = Recalibration(outputs) if recalibrate else nn.Identity()
        shortcut: list[nn.Module] = []
        if stride > 1:
            shortcut.append(nn.AvgPool2d(stride, ceil_mode=True))
        if inputs != outputs:
            shortcut.append(ConvNorm(inputs, outputs, 1))
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        change = self.recalibration(self.second(torch.relu(self.first(x))))
        return torch.relu(change + self.shortcut(x))


class ResidualNet(nn.Module):
    """A stem, stages of residual blocks that halve the resolution between them, a head."""

    def __init__(
        self,
        channels: int,
        classes: int,
        widths: Sequence[int],
        depths: Sequence[int],
        dropout: float,
        *,
        stem_stride: int = 1,
        recalibrate: bool = False,
    ) -> None:
        super().__init__()
        if len(widths) != len(depths):
            raise ValueError(f'{len(widths)} widths for {len(depths)} depths')
        self.stem = ConvNorm(channels, widths[0], 3 if stem_stride == 1 else 5, stem_stride)
        blocks: list[nn.Module] = []
        inputs = widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            for number in range(depth):
                stride = 2 if stage and number == 0 else 1
                blocks.append(ResidualBlock(inputs, width, stride, recalibrate))
                inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.head = Head(inputs, classes, dropout)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, channels, S, S) -> embeddings (N, D), logits (N, classes)."""
        result: tuple[torch.Tensor, torch.Tensor] = self.head(
            self.blocks(torch.relu(self.stem(x)))
        )
        return result
