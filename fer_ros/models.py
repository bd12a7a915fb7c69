"""From the name of a model to a backbone that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fer_ros import cards, compute, config, plugins
from fer_ros.precision import EXACT, set_precision

GRAPH_OUTPUTS = {'embedding_output': 'embedding', 'scores_output': 'logits'}
"""What the outputs of a card's graph are called, as settings of the backbone ``onnx``."""


LoadBackbone = Callable[..., Any]
"""load_backbone(), or what loads in its place."""


def load_backbone(
    kind: str, name: str, device: str = 'auto', threads: int = 1, precision: str = 'auto'
) -> Any:
    """The backbone of a model, ready to infer.

    ``kind`` is 'face_backbone', 'audio_backbone' or 'fusion'; ``name`` a model's name or folder;
    ``device`` 'auto', 'cpu', 'cuda' or 'cuda:N' and ``precision`` one of precision.PRECISIONS,
    which a fusion has no use for.  On a processor a model that has a graph runs in onnxruntime,
    with so many threads, and torch is not imported, unless fewer bits are asked for.
    Raises CardError, ConfigError, PluginError or PrecisionError.
    """
    card = cards.find(name)
    if card.kind != kind:
        raise cards.CardError(f'model {name!r} is a {card.kind}, not a {kind}')
    if kind == 'fusion':
        own = {'plugin': card.backbone.get('plugin'), 'model': str(card.folder.resolve())}
        return plugins.build(kind, config.parse_chosen(kind, own, card.name))
    if card.graph_file and precision in ('auto', EXACT) and compute.is_processor(device):
        settings = {'plugin': 'onnx', **GRAPH_OUTPUTS, 'threads': threads}
        chosen = config.parse_chosen(kind, settings, f'{card.name}.graph')
        return plugins.build(kind, chosen, card, 'cpu')
    backbone = build_backbone(card, device)
    set_precision(kind, backbone, precision, device)
    return backbone


def build_backbone(card: cards.Card, device: str = 'auto') -> Any:
    """The backbone that a card names, also where its graph would run faster."""
    chosen = config.parse_chosen(card.kind, card.backbone, f'{card.name}.backbone')
    return plugins.build(card.kind, chosen, card, device)
