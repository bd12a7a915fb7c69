"""What networks for feature-level fusion share.

They take any number of modalities, of which any may be missing.  Each corrects the weighted
product of the modalities' probabilities: what it learned is added to their logits, so it begins
where decision-level fusion ends.  Input is packing.pack(); output a joint embedding (N, width)
and logits (N, K).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from fer_ros.config import setting
from fer_ros.fusion.packing import AGE_S, EMBEDDING, LOGS, PRESENT, QUALITY
from fer_ros.types import Modality

NETS = (
    'concat',
    'weighted_sum',
    'gated',
    'bilinear',
    'recurrent',
    'cross_attention',
    'graph',
)
CELLS = ('gru', 'lstm')


@dataclass(frozen=True)
class NetConfig:
    """Architecture of a fusion network."""

    plugin: str = setting('gated', 'How the modalities are joined', choices=NETS)
    width: int = setting(32, 'Length of the joint embedding', ge=4, le=1024)
    rank: int = setting(4, 'Rank of the bilinear tensor', ge=1, le=64)
    cell: str = setting('gru', 'Cell of the recurrent network', choices=CELLS)
    heads: int = setting(4, 'Heads of the attention; a divisor of width', ge=1, le=64)
    layers: int = setting(2, 'Rounds of messages in the graph', ge=1, le=8)
    steps: int = setting(1, 'Moments of each modality that are looked at', ge=1, le=64)
    memory_s: float = setting(0.0, 'How far back they reach', unit='s', ge=0.0, le=60.0)
    dropout: float = setting(0.3, 'Dropout of the joint embedding', ge=0.0, le=0.9)
    input_dropout: float = setting(0.5, 'Dropout of the embeddings', ge=0.0, le=0.95)


class Moments:
    """Packed evidence (N, M, T, row) as named tensors."""

    def __init__(self, packed: torch.Tensor) -> None:
        self.present = packed[..., PRESENT]
        """(N, M, T)"""
        self.age_s = packed[..., AGE_S]
        self.quality = packed[..., QUALITY]
        self.logs = packed[..., LOGS:EMBEDDING]
        """Log-probabilities (N, M, T, C)."""
        self.embedding = packed[..., EMBEDDING:]
        self.here = self.present[:, :, -1]
        """Whether a modality is there at all, (N, M)."""


class FusionNet(nn.Module, ABC):
    """What all of them share; a subclass says how the tokens of the modalities are joined."""

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        """``sizes`` has the length of each embedding; ``columns`` where the K labels stand in C.

        Modalities are in sorted order throughout.
        """
        super().__init__()
        self.sizes, self.config = [sizes[name] for name in sorted(sizes)], config
        self.columns = list(columns)
        self.encoders = nn.ModuleList(Encoder(size, config) for size in self.sizes)
        self.trust = nn.Parameter(torch.zeros(len(self.sizes)))
        self.head = nn.Sequential(
            nn.LayerNorm(config.width),
            nn.Dropout(config.dropout),
            nn.Linear(config.width, len(self.columns)),
        )
        last: Any = self.head[-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, packed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Evidence (N, M, T, row) -> embeddings (N, width), logits (N, K)."""
        seen = Moments(packed)
        tokens = [encode(seen, m) for m, encode in enumerate(self.encoders)]
        joined = self.join(torch.stack(tokens, 1), seen)
        trusted = self.trust.exp() * seen.here
        pool = (trusted[:, :, None] * seen.logs[:, :, -1]).sum(1)[:, self.columns]
        return joined, pool + self.head(joined)

    @abstractmethod
    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """Tokens (N, M, T, width), zeros where missing -> (N, width)."""


class Encoder(nn.Module):
    """One modality's rows -> tokens of the common width."""

    def __init__(self, size: int, config: NetConfig) -> None:
        super().__init__()
        self.size = size
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(config.input_dropout)
        self.embedding = nn.Linear(size, config.width)
        self.state = nn.Linear(EMBEDDING - AGE_S, config.width, bias=False)

    def forward(self, seen: Moments, modality: int) -> torch.Tensor:
        """Tokens (N, T, width) of one modality."""
        embedding = self.dropout(self.norm(seen.embedding[:, modality, :, : self.size]))
        state = torch.cat(
            (
                seen.age_s[:, modality, :, None],
                seen.quality[:, modality, :, None],
                seen.logs[:, modality],
            ),
            -1,
        )
        tokens = nn.functional.gelu(self.embedding(embedding) + self.state(state))
        return tokens * seen.present[:, modality, :, None]
