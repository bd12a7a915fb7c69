"""Optimisers and the course of their learning rate."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.optim import lr_scheduler

from fer_ros.training.settings import LoopConfig


def optimiser(network: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    """The optimiser of a network; biases and norms do not decay."""
    trained = [p for p in network.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {'params': [p for p in trained if p.ndim > 1], 'weight_decay': config.weight_decay},
        {'params': [p for p in trained if p.ndim <= 1], 'weight_decay': 0.0},
    ]
    if config.optimiser == 'adamw':
        return torch.optim.AdamW(groups, lr=config.learning_rate)
    return torch.optim.SGD(
        groups,
        lr=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.momentum > 0,
    )


def schedule(
    optimiser: torch.optim.Optimizer, config: LoopConfig, steps_per_epoch: int
) -> list[dict[str, Any]]:
    """Schedules in the form that Lightning takes."""
    steps = config.epochs * steps_per_epoch
    warmup = round(config.warmup_epochs * steps_per_epoch)
    if config.schedule == 'one_cycle':
        cycle = lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=steps)
        return [{'scheduler': cycle, 'interval': 'step'}]
    if config.schedule == 'cosine':
        cosine = lr_scheduler.LambdaLR(optimiser, lambda step: cosine_factor(step, warmup, steps))
        return [{'scheduler': cosine, 'interval': 'step'}]
    rise = lr_scheduler.LinearLR(optimiser, 1 / (warmup + 1), total_iters=warmup)
    fall = lr_scheduler.ReduceLROnPlateau(optimiser, patience=config.plateau_patience)
    return [
        {'scheduler': rise, 'interval': 'step'},
        {'scheduler': fall, 'interval': 'epoch', 'monitor': 'val/loss'},
    ]


def cosine_factor(step: int, warmup: int, steps: int) -> float:
    """Linear rise over ``warmup`` steps, then half a cosine down to zero at ``steps``."""
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(steps - warmup, 1)
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
