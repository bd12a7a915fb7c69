"""Networks of the library timm, with embeddings beside their logits."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class TimmError(ValueError):
    """A library that is not installed, or an architecture that it cannot make."""


class TimmNet(nn.Module):
    """One architecture of timm with random weights."""

    def __init__(
        self, architecture: str, channels: int, classes: int, dropout: float, image_size: int
    ) -> None:
        """``image_size`` 0 leaves it to the architecture.  Raises TimmError."""
        super().__init__()
        try:
            import timm
        except ImportError as error:
            raise TimmError('backbone timm needs the package timm: pip install timm') from error
        size: dict[str, Any] = {'img_size': image_size} if image_size else {}
        try:
            made = timm.create_model(
                architecture,
                pretrained=False,
                in_chans=channels,
                num_classes=classes,
                drop_rate=dropout,
                **size,
            )
        except (RuntimeError, TypeError) as error:
            raise TimmError(
                f'timm {timm.__version__} cannot make {architecture!r}: {error}'
            ) from error
        if not isinstance(made.get_classifier(), nn.Module):
            raise TimmError(f'{architecture!r} has several classifiers')
        self.network: Any = made

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, channels, S, S) -> embeddings (N, D), logits (N, classes)."""
        embedding = self.network.forward_head(self.network.forward_features(x), pre_logits=True)
        return embedding, self.network.get_classifier()(embedding)
