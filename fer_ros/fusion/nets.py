"""Networks for fusion of the newest features of every modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from fer_ros.fusion import nets_sequence
from fer_ros.fusion.nets_base import FusionNet, Moments, NetConfig
from fer_ros.types import Modality


class Concat(FusionNet):
    """The newest tokens side by side, then a layer (early fusion)."""

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.mix = nn.Linear(len(sizes) * (config.width + 1), config.width)

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        side_by_side = torch.cat((tokens[:, :, -1].flatten(1), seen.here), 1)
        return nn.functional.gelu(self.mix(side_by_side))


class WeightedSum(FusionNet):
    """The newest tokens, each modality with a learned weight that is the same for all inputs."""

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.weight = nn.Parameter(torch.zeros(len(sizes)))

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        weight = masked_softmax(self.weight.expand(len(tokens), -1), seen.here)
        return (weight[:, :, None] * tokens[:, :, -1]).sum(1)


class Gated(FusionNet):
    """Gated multimodal units (Arevalo et al. 2017, arXiv 1702.01992): gates seen from the input.

    The gates of the modalities that are there sum to 1 in every unit.
    """

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.content = nn.ModuleList(nn.Linear(config.width, config.width) for _ in sizes)
        self.gate = nn.Linear(len(sizes) * config.width, len(sizes) * config.width)

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        newest = tokens[:, :, -1]
        content = torch.stack(
            [layer(newest[:, m]) for m, layer in enumerate(self.content)], 1
        ).tanh()
        scores = self.gate(newest.flatten(1)).view_as(content)
        gates = masked_softmax(scores, seen.here[:, :, None].expand_as(scores))
        return (gates * content).sum(1)


class Bilinear(FusionNet):
    """Low-rank multimodal fusion (Liu et al. 2018, arXiv 1806.00064).

    The outer product of all modalities' tokens against a tensor of low rank, which needs only
    elementwise products; a missing modality is a factor of 1.
    """

    def __init__(
        self, sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig
    ) -> None:
        super().__init__(sizes, columns, config)
        self.factors = nn.ModuleList(
            nn.Linear(config.width, config.rank * config.width) for _ in sizes
        )
        self.sum = nn.Linear(config.rank, 1, bias=False)

    def join(self, tokens: torch.Tensor, seen: Moments) -> torch.Tensor:
        """See FusionNet."""
        shape = (len(tokens), self.config.rank, self.config.width)
        product = tokens.new_ones(shape)
        for m, factor in enumerate(self.factors):
            here = seen.here[:, m, None, None]
            product = product * (here * factor(tokens[:, m, -1]).view(shape) + (1.0 - here))
        joined: torch.Tensor = self.sum(product.transpose(1, 2)).squeeze(-1)
        return joined


def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax over the second dimension of (N, M, ...), zero where the mask is zero."""
    result: torch.Tensor = scores.masked_fill(mask == 0, -torch.inf).softmax(1)
    return result


_CLASSES: dict[str, type[FusionNet]] = {
    'concat': Concat,
    'weighted_sum': WeightedSum,
    'gated': Gated,
    'bilinear': Bilinear,
    'recurrent': nets_sequence.Recurrent,
    'cross_attention': nets_sequence.CrossAttention,
    'graph': nets_sequence.Graph,
}


def build(sizes: Mapping[Modality, int], columns: Sequence[int], config: NetConfig) -> FusionNet:
    """A new network of an architecture; see FusionNet."""
    return _CLASSES[config.plugin](sizes, columns, config)
