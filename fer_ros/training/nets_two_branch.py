"""Two or more branches and their fusion as one network, so that gradients reach the branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from fer_ros.fusion.fitted import FLOOR
from fer_ros.fusion.nets_base import FusionNet
from fer_ros.fusion.packing import EMBEDDING, LOGS, PRESENT, QUALITY, row_width
from fer_ros.labels import LABELS, index_of
from fer_ros.types import Modality


class TwoBranch(nn.Module):
    """Raw inputs of every modality -> logits; the fusion reads what it would read live.

    Modalities are in sorted order.  The quality of the inputs is taken as 1.
    """

    def __init__(
        self,
        branches: Mapping[Modality, nn.Module],
        labels: Mapping[Modality, Sequence[str]],
        temperatures: Mapping[Modality, float],
        fusion: FusionNet,
        rate: float,
    ) -> None:
        """``rate`` scales the gradients of the branches, which for sgd is a smaller rate."""
        super().__init__()
        self.names = sorted(branches)
        self.branches = nn.ModuleDict({name: branches[name] for name in self.names})
        self.fusion = fusion
        self._places = {name: [index_of(word) for word in labels[name]] for name in self.names}
        self._temperatures = dict(temperatures)
        for parameter in self.branches.parameters():
            parameter.register_hook(lambda gradient: gradient * rate)  # type: ignore[no-untyped-call]

    def forward(
        self, inputs: tuple[Sequence[torch.Tensor], torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A prepared batch of each modality, and which of them are there (N, M)."""
        batches, here = inputs
        rows = []
        for m, (name, batch) in enumerate(zip(self.names, batches, strict=True)):
            embedding, logits = self.branches[name](batch)
            rows.append(self._row(name, embedding.float(), logits.float()) * here[:, m, None])
        result: tuple[torch.Tensor, torch.Tensor] = self.fusion(torch.stack(rows, 1)[:, :, None])
        return result

    def _row(self, name: Modality, embedding: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """What packing.pack() makes of the newest features, (N, row)."""
        sizes = dict(zip(self.names, self.fusion.sizes, strict=True))
        row = embedding.new_zeros((len(embedding), row_width(sizes)))
        row[:, PRESENT] = row[:, QUALITY] = 1.0
        own = (logits / self._temperatures[name]).softmax(1)
        shares = own.new_zeros((len(own), len(LABELS)))
        places = torch.tensor(self._places[name], device=own.device)
        shares = shares.index_add(1, places, own).clamp_min(FLOOR)
        known = torch.zeros(len(LABELS), dtype=torch.bool, device=own.device)
        known[places] = True
        row[:, LOGS:EMBEDDING] = torch.where(known, shares, 1.0 / len(LABELS)).log()
        row[:, EMBEDDING : EMBEDDING + embedding.shape[1]] = embedding
        return row
