"""The torch networks of the voice backbones; imported only when one is built.

All take features (N, rows, frames) of fer_ros.audio.features and give embeddings (N, D) and
logits (N, K).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU; 'same' padding."""

    def __init__(
        self, channels_in: int, channels: int, size: int = 3, stride: int | tuple[int, int] = 1
    ) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )


class ResidualBlock(nn.Module):
    """Two convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, channels_in: int, channels: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBlock(channels_in, channels, stride=stride),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(stride, ceil_mode=True),
            nn.Conv2d(channels_in, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, rows, frames), rows and frames divided by the stride, rounded up."""
        return torch.relu(self.body(x) + self.shortcut(x))


class AttentiveStatistics(nn.Module):
    """Weighted mean and standard deviation over time (Okabe et al. 2018, arXiv 1803.10963)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            nn.Conv1d(channels, hidden, 1), nn.Tanh(), nn.Conv1d(hidden, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, 2 C)."""
        weights = torch.softmax(self.score(x).float(), dim=-1)
        x = x.float()
        mean = (weights * x).sum(-1)
        variance = (weights * (x - mean[..., None]).square()).sum(-1)
        return torch.cat((mean, (variance + 1e-5).sqrt()), dim=1)


class Head(nn.Module):
    """Embedding and logits from a pooled vector."""

    def __init__(self, size: int, embedding: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Sequential(
            nn.Linear(size, embedding), nn.BatchNorm1d(embedding), nn.ReLU()
        )
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(embedding, classes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, size) -> (N, embedding), (N, classes)."""
        embedding = self.embed(x)
        return embedding, self.classify(embedding)


class AttentiveResNet(nn.Module):
    """Residual convolutions over bands x frames, a GRU over time, attentive statistics.

    The last ``pitch_rows`` of the rows are read by convolutions of their own, which end in
    ``pitch_hidden`` channels beside the ``hidden`` ones of the bands.
    """

    def __init__(
        self,
        rows: int,
        classes: int,
        widths: Sequence[int],
        hidden: int,
        recurrent: int,
        embedding: int,
        dropout: float,
        pitch_rows: int = 0,
        pitch_widths: Sequence[int] = (),
        pitch_hidden: int = 0,
    ) -> None:
        super().__init__()
        self.bands = rows - pitch_rows
        self.blocks, self.project = _tower(self.bands, widths, hidden, dropout)
        self.pitch: nn.Sequential | None = None
        if pitch_rows:
            blocks, project = _tower(pitch_rows, pitch_widths, pitch_hidden, dropout)
            self.pitch = nn.Sequential(blocks, nn.Flatten(1, 2), project)
            hidden += pitch_hidden
        self.recurrent = (
            nn.GRU(hidden, recurrent, batch_first=True, bidirectional=True) if recurrent else None
        )
        pooled = 2 * recurrent if recurrent else hidden
        self.pool = AttentiveStatistics(pooled, hidden // 2)
        self.head = Head(2 * pooled, embedding, classes, dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, rows, frames) -> (N, embedding), (N, classes)."""
        maps = self.blocks(x[:, None, : self.bands])
        sequence = self.project(maps.flatten(1, 2))
        if self.pitch is not None:
            sequence = torch.cat((sequence, self.pitch(x[:, None, self.bands :])), dim=1)
        if self.recurrent is not None:
            sequence = self.recurrent(sequence.transpose(1, 2))[0].transpose(1, 2)
        embedding, logits = self.head(self.pool(sequence))
        return embedding, logits


def _tower(
    rows: int, widths: Sequence[int], hidden: int, dropout: float
) -> tuple[nn.Sequential, nn.Sequential]:
    """What makes maps of a picture (N, 1, rows, T), and of these a sequence (N, hidden, T / 4)."""
    blocks: list[nn.Module] = [ConvBlock(1, widths[0], 5, 2)]
    rows = halved(rows)
    # time is halved twice; further blocks reduce only the rows
    for index, (before, width) in enumerate(pairwise(widths)):
        blocks.append(ResidualBlock(before, width, (2, 2 if index == 0 else 1)))
        rows = halved(rows)
    project = nn.Sequential(
        nn.Conv1d(widths[-1] * rows, hidden, 1, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Dropout(dropout / 2),
    )
    return nn.Sequential(*blocks), project


class LogMelCNN(nn.Module):
    """Plain convolutions with pooling over bands x frames, then the mean over the map."""

    def __init__(
        self, classes: int, widths: Sequence[int], embedding: int, dropout: float
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 1
        for width in widths:
            blocks += [ConvBlock(before, width), nn.MaxPool2d(2)]
            before = width
        self.blocks = nn.Sequential(*blocks)
        self.head = Head(before, embedding, classes, dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, rows, frames) -> (N, embedding), (N, classes)."""
        embedding, logits = self.head(self.blocks(x[:, None]).mean((2, 3)))
        return embedding, logits


class MfccCNN(nn.Module):
    """Convolutions over time with the coefficients as channels, then mean and maximum."""

    def __init__(
        self, rows: int, classes: int, widths: Sequence[int], embedding: int, dropout: float
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.BatchNorm1d(rows)]
        before = rows
        for width in widths:
            blocks += [
                nn.Conv1d(before, width, 5, padding=2, bias=False),
                nn.BatchNorm1d(width),
                nn.ReLU(),
                nn.MaxPool1d(2),
            ]
            before = width
        self.blocks = nn.Sequential(*blocks)
        self.head = Head(2 * before, embedding, classes, dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, rows, frames) -> (N, embedding), (N, classes)."""
        maps = self.blocks(x)
        embedding, logits = self.head(torch.cat((maps.mean(-1), maps.amax(-1)), dim=1))
        return embedding, logits


class CRNN(nn.Module):
    """Plain convolutions over bands x frames, then a GRU over time whose states are averaged."""

    def __init__(
        self,
        rows: int,
        classes: int,
        widths: Sequence[int],
        recurrent: int,
        embedding: int,
        dropout: float,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 1
        for index, width in enumerate(widths):
            # time is halved twice, so that the GRU still sees about 20 steps a second
            blocks += [ConvBlock(before, width), nn.MaxPool2d((2, 2 if index < 2 else 1))]
            before, rows = width, rows // 2
        self.blocks = nn.Sequential(*blocks)
        self.recurrent = nn.GRU(before * rows, recurrent, batch_first=True, bidirectional=True)
        self.head = Head(2 * recurrent, embedding, classes, dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, rows, frames) -> (N, embedding), (N, classes)."""
        maps = self.blocks(x[:, None]).flatten(1, 2)
        embedding, logits = self.head(self.recurrent(maps.transpose(1, 2))[0].mean(1))
        return embedding, logits


def halved(size: int) -> int:
    """Half of a size, rounded up: what a 'same' convolution of stride 2 leaves."""
    return (size + 1) // 2
