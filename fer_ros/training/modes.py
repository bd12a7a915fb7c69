"""Which modalities an example has in training (modality dropout), and with which partners."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch

from fer_ros.config import ConfigError
from fer_ros.evaluation.fusion_tables import Draw, Ints
from fer_ros.types import Modality

ALL, MIXED = 'all', 'mixed'


def check_seen(seen: str, modalities: Sequence[Modality]) -> None:
    """Raises ConfigError unless ``seen`` is a mode or one of the modalities."""
    known = (ALL, MIXED, *modalities)
    if seen not in known:
        raise ConfigError(f'seen: {seen!r} is not one of {", ".join(known)}')


def kept(
    seen: str, missing: float, modalities: Sequence[Modality], count: int, source: torch.Generator
) -> torch.Tensor:
    """Bool (count, M): at least one modality for each example.

    With 'mixed' a share ``missing`` has a proper subset, all of which are equally likely.
    """
    if seen == ALL:
        return torch.ones((count, len(modalities)), dtype=torch.bool)
    if seen != MIXED:
        return torch.tensor([name == seen for name in modalities]).expand(count, -1)
    subsets = torch.tensor(_proper_subsets(len(modalities)), dtype=torch.bool)
    drawn = subsets[torch.randint(len(subsets), (count,), generator=source)]
    lacking = torch.rand((count, 1), generator=source) < missing
    return drawn | ~lacking


def evenly(source: torch.Generator) -> Draw:
    """Draws with replacement, every row as likely as the others."""

    def draw(rows: Ints, count: int) -> Ints:
        drawn: Ints = rows[torch.randint(len(rows), (count,), generator=source).numpy()]
        return drawn

    return draw


def cpu_generator(generator: torch.Generator) -> torch.Generator:
    """A generator on the CPU that follows from one on any device."""
    drawn = torch.randint(2**31, (), generator=generator, device=generator.device)
    return torch.Generator().manual_seed(int(drawn))


def _proper_subsets(count: int) -> list[list[bool]]:
    chosen = [c for size in range(1, count) for c in combinations(range(count), size)]
    return [[number in subset for number in range(count)] for subset in chosen]
