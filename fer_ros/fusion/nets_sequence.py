"""Networks for fusion that look at the last seconds of every modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from fer_ros.fusion.nets_base import FusionNet, Moments, NetConfig
from fer_ros.types import Modality

_NEAR_S = 0.5
"""Moments of two modalities this far apart count 1 / e of simultaneous ones."""


class Recurrent(FusionNet):
    """A recurrent network over the moments of each modality; their last states side by side.

    GRU (Cho et al. 2014, arXiv 1406.1078) or LSTM (Hochreiter and Schmidhuber 1997).  Each step
    also reads the seconds since the moment before, and one that is missing leaves the state as it
    was: moments may come at any rate.
    """

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.tracks = nn.ModuleList(_Track(config.cell, config.width) for _ in sizes)
        self.mix = nn.Linear(len(sizes) * (config.width + 1), config.width)

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        states = [
            track(tokens[:, m], seen.present[:, m], seen.age_s[:, m])
            for m, track in enumerate(self.tracks)
        ]
        return nn.functional.gelu(self.mix(torch.cat((*states, seen.here), 1)))


class _Track(nn.Module):
    """A recurrent cell over the moments of one modality."""

    def __init__(self, cell: str, width: int) -> None:
        super().__init__()
        self.width = width
        self.has_memory = cell == 'lstm'
        self.cell = (nn.LSTMCell if self.has_memory else nn.GRUCell)(width + 1, width)

    def forward(
        self, tokens: torch.Tensor, present: torch.Tensor, age_s: torch.Tensor
    ) -> torch.Tensor:
        """The state (N, width) after tokens (N, T, width), oldest first; zero without any."""
        state = tokens.new_zeros(len(tokens), self.width)
        memory = state
        before_s, begun = age_s[:, 0], torch.zeros_like(present[:, 0])
        for step in range(tokens.shape[1]):
            here = present[:, step] > 0
            gap_s = (before_s - age_s[:, step]) * begun
            given = torch.cat((tokens[:, step], gap_s[:, None]), 1)
            if self.has_memory:
                new, remembered = self.cell(given, (state, memory))
                memory = torch.where(here[:, None], remembered, memory)
            else:
                new = self.cell(given, state)
            state = torch.where(here[:, None], new, state)
            before_s = torch.where(here, age_s[:, step], before_s)
            begun = torch.maximum(begun, present[:, step])
        return state


class CrossAttention(FusionNet):
    """The newest moment of each modality asks all moments of all of them.

    Tsai et al. 2019 (MulT, arXiv 1906.00295) with one layer for all pairs of modalities.
    """

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.origin = nn.Parameter(torch.zeros(len(sizes), 1, config.width))
        self.norm = nn.LayerNorm(config.width)
        self.attention = nn.MultiheadAttention(config.width, config.heads, batch_first=True)

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        known = self.norm(tokens + self.origin)
        keys = known.flatten(1, 2)
        missing = seen.present.flatten(1) == 0
        heard, _ = self.attention(
            known[:, :, -1], keys, keys, key_padding_mask=missing, need_weights=False
        )
        here = seen.here[:, :, None]
        joined: torch.Tensor = ((tokens[:, :, -1] + heard) * here).sum(1) / here.sum(1)
        return joined


class Graph(FusionNet):
    """Messages between the moments (nodes) of all modalities.

    Edges join a modality's neighbours in time, and moments of different modalities, the stronger
    the nearer in time (after Hu et al. 2021, MMGCN, arXiv 2107.06779).
    """

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        width = config.width
        self.in_time = nn.ModuleList(nn.Linear(width, width) for _ in range(config.layers))
        self.across = nn.ModuleList(nn.Linear(width, width) for _ in range(config.layers))

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        count, modalities, steps, width = tokens.shape
        in_time, across = self._edges(seen)
        nodes = tokens.flatten(1, 2)
        for along, over in zip(self.in_time, self.across, strict=True):
            messages = along(in_time @ nodes) + over(across @ nodes)
            nodes = nodes + nn.functional.gelu(messages)
        newest = nodes.view(count, modalities, steps, width)[:, :, -1]
        here = seen.here[:, :, None]
        joined: torch.Tensor = (newest * here).sum(1) / here.sum(1)
        return joined

    def _edges(self, seen: Moments) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights (N, nodes, nodes) of the edges in time and of those across modalities."""
        _, modalities, steps = seen.present.shape
        device = seen.present.device
        modality = torch.arange(modalities, device=device).repeat_interleave(steps)
        step = torch.arange(steps, device=device).repeat(modalities)
        same = (modality[:, None] == modality).float()
        neighbours = same * ((step[:, None] - step).abs() == 1).float()
        present, age_s = seen.present.flatten(1), seen.age_s.flatten(1)
        both = present[:, :, None] * present[:, None]
        near = torch.exp(-(age_s[:, :, None] - age_s[:, None]).abs() / _NEAR_S)
        return _shares(both * neighbours), _shares(both * near * (1.0 - same))


def _shares(edges: torch.Tensor) -> torch.Tensor:
    return edges / edges.sum(-1, keepdim=True).clamp_min(1e-6)
