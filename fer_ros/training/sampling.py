"""Which examples make up each batch: a pure function of seed and epoch, so training resumes."""

from __future__ import annotations

import torch


def generator_for(
    seed: int, epoch: int, rank: int = 0, device: torch.device | str = 'cpu'
) -> torch.Generator:
    """A source of randomness of its own for each seed, epoch and process."""
    generator = torch.Generator(device)
    generator.manual_seed(((seed * 100_003 + epoch) * 1_009 + rank) % 2**63)
    return generator


def class_weights(targets: torch.Tensor, power: float) -> torch.Tensor:
    """How often each example (N,) is drawn, 1 in the mean, from its distribution (N, K).

    A class as rare as 1/R of the most frequent is drawn R**power times as often.
    """
    prior = targets.mean(0)
    rarity = torch.where(prior > 0, prior.clamp_min(1e-12) ** -power, 0.0)
    weights = targets @ rarity
    return weights / weights.mean()


def epoch_batches(
    weights: torch.Tensor,
    batch: int,
    generator: torch.Generator,
    rank: int = 0,
    world: int = 1,
) -> list[torch.Tensor]:
    """Shuffled batches of example numbers for one process of ``world``.

    An example appears as often as its weight says, rounded up or down at random; a rest smaller
    than a batch is dropped, and every process gets equally many batches.
    """
    draws = torch.rand(len(weights), generator=generator)
    times = (weights.cpu() + draws).floor().long()
    numbers = torch.arange(len(weights)).repeat_interleave(times)
    numbers = numbers[torch.randperm(len(numbers), generator=generator)]
    count = max(len(numbers) // (batch * world), 1)
    return list(numbers[: count * batch * world].tensor_split(count * world))[rank::world]
