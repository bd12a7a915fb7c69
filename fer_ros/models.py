"""From the name of a model to a backbone that runs it."""

from __future__ import annotations

import sys
from typing import Any

from fer_ros import cards, config, plugins


def load_backbone(kind: str, name: str, device: str = 'auto') -> Any:
    """The backbone of a model, ready to infer.

    ``kind`` is 'face_backbone' or 'audio_backbone'; ``name`` a model's name or folder; ``device``
    'auto', 'cpu', 'cuda' or 'cuda:N'.  Raises CardError, ConfigError or PluginError.
    """
    card = cards.find(name)
    if card.kind != kind:
        raise cards.CardError(f'model {name!r} is a {card.kind}, not a {kind}')
    chosen = config.parse_chosen(kind, card.backbone, f'{card.name}.backbone')
    cls = plugins.load(kind, chosen.plugin)
    return cls(chosen.config, card, device)


def use_threads(count: int) -> None:
    """Let the models of this process compute with so many threads each.

    More threads than idle cores make a small network many times slower, because its threads wait
    for each other at every layer.
    """
    torch = sys.modules.get('torch')
    if torch is not None:
        torch.set_num_threads(count)


def free_device_memory() -> None:
    """Give the memory of models that nobody holds any more back to the device."""
    torch = sys.modules.get('torch')
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
