"""Fine-tuning: a network that starts with the weights of a saved model."""

from __future__ import annotations

import torch

from fer_ros import cards
from fer_ros.torch_backbone import tensors_of


class StartError(ValueError):
    """A model that a network cannot start from."""


def load_weights(network: torch.nn.Module, model: str) -> None:
    """Give a network the weights of a saved model of the same architecture.

    What has another shape, as the last layer has for other labels, keeps its own random weights.
    Raises StartError where the layers have other names.
    """
    card = cards.find(model)
    saved, own = tensors_of(card), network.state_dict()
    if saved.keys() != own.keys():
        raise StartError(
            f'{card.name} is a {card.backbone.get("plugin")} with other layers than the network '
            'to be trained; loop.start needs the same backbone with the same settings'
        )
    fitting = {name: value for name, value in saved.items() if value.shape == own[name].shape}
    network.load_state_dict(fitting, strict=False)
