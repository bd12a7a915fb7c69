"""Saved models whose mean answer a smaller network learns from."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fer_ros import cards, config
from fer_ros.torch_backbone import tensors_of
from fer_ros.training.task import LoopTask, ModelTask


class TeacherError(ValueError):
    """A model that cannot teach this task."""


class Teachers:
    """An ensemble of networks with the task's own labels and input."""

    def __init__(self, names: Sequence[str], task: LoopTask) -> None:
        """Raises TeacherError where a model has other labels or input than the task."""
        if not isinstance(task, ModelTask):
            raise TeacherError('loop.teachers: a training of several models has no teachers')
        self._networks = [_network(cards.find(name), task) for name in names]

    def to(self, device: torch.device) -> None:
        """Move all networks to a device."""
        for network in self._networks:
            network.to(device)

    @torch.no_grad()
    def softened(self, inputs: torch.Tensor, temperature: float) -> torch.Tensor:
        """Mean probabilities (N, K) of logits divided by a temperature."""
        answers = [
            torch.softmax(network(inputs)[1].float() / temperature, 1)
            for network in self._networks
        ]
        return torch.stack(answers).mean(0)


def _network(card: cards.Card, task: ModelTask) -> torch.nn.Module:
    own = task.card()
    if card.kind != task.kind or card.labels != task.labels or dict(card.input) != own['input']:
        raise TeacherError(
            f'{card.name} is a {card.kind} of {", ".join(card.labels)} with input '
            f'{dict(card.input)}; this task needs a {task.kind} of {", ".join(task.labels)} '
            f'with input {own["input"]}'
        )
    chosen = config.parse_chosen(card.kind, card.backbone, f'{card.name}.backbone')
    network = task.network(chosen)
    network.load_state_dict(tensors_of(card))
    return network.eval().requires_grad_(False)
