"""From the name of a model to a backbone that runs it."""

from __future__ import annotations

from typing import Any

from fer_ros import cards, config, plugins


def load_backbone(kind: str, name: str, device: str = 'auto') -> Any:
    """The backbone of a model, ready to infer.

    ``kind`` is 'face_backbone', 'audio_backbone' or 'fusion'; ``name`` a model's name or folder;
    ``device`` 'auto', 'cpu', 'cuda' or 'cuda:N', which a fusion has no use for.  Raises CardError,
    ConfigError or PluginError.
    """
    card = cards.find(name)
    if card.kind != kind:
        raise cards.CardError(f'model {name!r} is a {card.kind}, not a {kind}')
    if kind == 'fusion':
        own = {'plugin': card.backbone.get('plugin'), 'model': str(card.folder.resolve())}
        return plugins.build(kind, config.parse_chosen(kind, own, card.name))
    chosen = config.parse_chosen(kind, card.backbone, f'{card.name}.backbone')
    return plugins.build(kind, chosen, card, device)
