"""Losses on soft targets, and the mixing and smoothing of those targets."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

_RAREST = 1e-4
"""Prior of a class that no training example has, so that its logarithm exists."""


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of logits (N, K) and distributions (N, K)."""
    return -(targets * F.log_softmax(logits, 1)).sum(1).mean()


def smooth(targets: torch.Tensor, share: float) -> torch.Tensor:
    """Targets (N, K) of which a share is spread evenly (Szegedy 2016)."""
    return targets * (1 - share) + share / targets.shape[1]


def distillation(logits: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Divergence of the softened answers from a teacher's probabilities (N, K) (Hinton 2015).

    ``teacher`` is softened already.  Scaled by temperature squared, so that its gradient keeps its
    size beside the loss on the targets.
    """
    log_student = F.log_softmax(logits / temperature, 1)
    return F.kl_div(log_student, teacher, reduction='batchmean') * temperature**2


def mix(
    inputs: torch.Tensor, targets: torch.Tensor, alpha: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each example blended with another of the batch by a share from Beta(alpha, alpha).

    Mixup of Zhang 2018, arXiv 1710.09412, one share for each example.
    """
    count, device = len(inputs), inputs.device
    share = _beta(alpha, count, generator).to(device)
    share = torch.maximum(share, 1 - share)
    other = torch.randperm(count, generator=generator, device=generator.device).to(device)
    wide = share.view(-1, *[1] * (inputs.ndim - 1)).to(inputs.dtype)
    mixed = wide * inputs + (1 - wide) * inputs[other]
    return mixed, share[:, None] * targets + (1 - share[:, None]) * targets[other]


def log_prior(targets: torch.Tensor) -> torch.Tensor:
    """Logarithm (K,) of the mean of distributions (N, K), which may be weighted."""
    return targets.mean(0).clamp_min(_RAREST).log()


def _beta(alpha: float, count: int, generator: torch.Generator) -> torch.Tensor:
    seed = torch.randint(2**31, (), generator=generator, device=generator.device)
    drawn = np.random.default_rng(int(seed)).beta(alpha, alpha, count)
    return torch.from_numpy(drawn.astype(np.float32))
