"""From a trained network to a folder under models/ that the nodes can load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from fer_ros import cards, golden, models, writing
from fer_ros.config import dump
from fer_ros.training import calibration, history, results
from fer_ros.training.graph import graph_of_trained
from fer_ros.training.loop import Fitted
from fer_ros.training.task import ModelTask

WEIGHTS = 'weights.safetensors'


def export(task: ModelTask, fitted: Fitted, out: Path, how: Mapping[str, Any]) -> None:
    """Write weights, card, curves, confusion matrix and history into ``out``.

    ``how`` says, for the card, how it was trained: task, command, seed.  The temperature is fitted
    on the validation split through the run-time backbone, and everything in the card is measured
    with that backbone.
    """
    out.mkdir(parents=True, exist_ok=True)
    network = fitted.module.trained_network()
    content = _content(task, fitted, network, out, how)
    card = cards.write(out, content)

    split = task.split('val')
    known = split.labels >= 0
    raw = task.infer(_load(task, out), split.inputs[known].numpy())
    content['temperature'] = round(
        calibration.fit_temperature(raw, split.labels[known].numpy()), 4
    )
    content |= graph_of_trained(card)
    card = cards.write(out, content)
    backbone = _load(task, out)
    content['results'] = results.measure(task, backbone, card.temperature)
    content['results']['command'] = f'fer-ros models evaluate {out.name} --data DIR'
    cards.write(out, content)
    golden.write(out, task.kind, backbone)

    history.write(fitted.history, out / 'history.csv')
    history.draw_curves(fitted.history, out / 'curves.png')
    matrix = results.test_confusion(task, backbone)
    history.draw_confusion(matrix, task.labels, f'{out.name}, test', out / 'confusion.png')


def save_weights(network: torch.nn.Module, folder: Path) -> dict[str, str]:
    """Write the weights into a model's folder; what its card says of them."""
    path = folder / WEIGHTS
    tensors = {k: v.contiguous().cpu() for k, v in network.state_dict().items()}
    writing.write_bytes(path, save(tensors))
    return {'file': WEIGHTS, 'sha256': cards.sha256_of(path)}


def _content(
    task: ModelTask, fitted: Fitted, network: torch.nn.Module, out: Path, how: Mapping[str, Any]
) -> dict[str, Any]:
    own = task.card()
    weights = save_weights(network, out)
    training = {
        **how,
        'epochs': len(fitted.history),
        'parameters': sum(p.numel() for p in network.parameters()),
        'torch': str(torch.__version__),
        'config': dump(task.config),
    }
    first = {'schema': cards.SCHEMA, **{k: v for k, v in own.items() if k != 'limits'}}
    limits = {'limits': own['limits']} if 'limits' in own else {}
    return {**first, 'temperature': 1.0, 'weights': weights, 'training': training, **limits}


def _load(task: ModelTask, out: Path) -> Any:
    return models.load_backbone(task.kind, str(out.resolve()), 'cpu')
