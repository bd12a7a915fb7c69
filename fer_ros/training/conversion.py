"""A trained model in a form that other programs run: ONNX, TorchScript.

What was written is run beside the original on the same inputs before it is trusted.  A model in
ONNX is a model folder again, which the ``onnx`` backbone runs without PyTorch.
"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_ros import cards, golden, models, yaml_files
from fer_ros.face.crops import dump_input, parse_input

TOLERANCE = 1e-3
"""Largest difference of a logit or an embedding that another order of sums explains."""
_OUTPUTS = ('embedding', 'logits')
_WEIGHTS = 'weights.onnx'
_SCRIPT = 'network.pt'
_EXAMPLES = 5


class ConversionError(ValueError):
    """A model that cannot be converted, or that answers differently afterwards."""


def convert(name: str, format: str, out: Path) -> float:
    """Write a model of ours into the folder ``out``; the largest absolute difference seen.

    'onnx' gives a model folder with card and golden answer; 'torchscript' gives network.pt, which
    takes prepared inputs and has the card in its extra file card.yaml.  Raises ConversionError.
    """
    card = cards.find(name)
    if card.kind == 'fusion':
        raise ConversionError(f'{card.name}: a fusion reads no pictures or sound of its own')
    backbone = models.build_backbone(card, 'cpu')
    network = getattr(backbone, 'loaded', None)
    if not isinstance(network, torch.nn.Module):
        raise ConversionError(f'{card.name}: backbone {dict(card.backbone)} is not in PyTorch')
    if out.resolve() == card.folder.resolve():
        raise ConversionError(f'{out} is the folder of the model itself')
    out.mkdir(parents=True, exist_ok=True)
    inputs = torch.randn(
        (_EXAMPLES, *backbone.input_shape), generator=torch.Generator().manual_seed(0)
    )
    if format == 'torchscript':
        return _difference(network, inputs, _to_torchscript(network, inputs, card, out))
    _to_onnx(network, inputs, out / _WEIGHTS)
    cards.write(out, _content(card, out))
    converted = models.load_backbone(card.kind, str(out.resolve()), 'cpu')
    golden.write(out, card.kind, converted)
    return _checked(golden.logits(card.kind, backbone), golden.logits(card.kind, converted))


def _to_onnx(network: torch.nn.Module, inputs: torch.Tensor, path: Path) -> None:
    if importlib.util.find_spec('onnxscript') is None:
        raise ConversionError(
            'ONNX needs the Python package onnxscript: in the source folder, '
            "pip install '.[train]'"
        )
    logging.getLogger('torch.onnx').setLevel(logging.ERROR)  # it warns about itself
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(
            network,
            (inputs,),
            path,
            input_names=['input'],
            output_names=list(_OUTPUTS),
            dynamic_shapes=({0: torch.export.Dim('examples')},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )


def _to_torchscript(
    network: torch.nn.Module, inputs: torch.Tensor, card: cards.Card, out: Path
) -> Any:
    path = out / _SCRIPT
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        traced = torch.jit.trace(network, (inputs,))  # type: ignore[no-untyped-call]
        text = (card.folder / cards.CARD).read_text(encoding='utf-8')
        torch.jit.save(traced, path, _extra_files={cards.CARD: text})
        return torch.jit.load(path)  # type: ignore[no-untyped-call]


def _content(card: cards.Card, out: Path) -> dict[str, Any]:
    """The card of the model in ONNX: the same but for backbone and weights."""
    content = yaml_files.read(card.folder / cards.CARD)
    content.pop('graph', None)
    content['backbone'] = {
        'plugin': 'onnx',
        'scores_output': 'logits',
        'embedding_output': 'embedding',
    }
    if card.kind == 'face_backbone':
        content['input'] = dump_input(parse_input(card.input))
    content['weights'] = {'file': _WEIGHTS, 'sha256': cards.sha256_of(out / _WEIGHTS)}
    return dict(content)


def _difference(network: torch.nn.Module, inputs: torch.Tensor, converted: Any) -> float:
    with torch.inference_mode():
        pairs = [zip(network(some), converted(some), strict=True) for some in (inputs, inputs[:1])]
    return max(_checked(one.numpy(), other.numpy()) for pair in pairs for one, other in pair)


def _checked(expected: Any, seen: Any) -> float:
    known = np.isfinite(expected)
    if not np.array_equal(known, np.isfinite(seen)):
        raise ConversionError('the converted model knows other labels')
    worst = float(np.abs(expected[known] - seen[known]).max())
    if worst > TOLERANCE:
        raise ConversionError(f'the converted model is off by {worst:.2g}, at most {TOLERANCE} is')
    return worst
