"""What every backbone that runs in PyTorch shares, whatever its modality.

Choosing the device, reading the weights that a card vouches for, and running a network in batches
so that its logits come out calibrated and in the package's own order.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from fer_ros import cards, labels
from fer_ros.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

CHANNELS_LAST = torch.channels_last
_BATCH = 256
"""Bounds the memory that a very large input takes; a live picture never has as many faces."""


class BackboneError(ValueError):
    """A device that is not there or full, or weights that do not fit the network of their card."""


def choose_device(name: str) -> torch.device:
    """The device that 'auto', 'cpu', 'cuda' or 'cuda:N' means; auto is CUDA where there is one."""
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BackboneError(
            f'device {name!r} is not one of auto, cpu, cuda, cuda:N ({error})'
        ) from None
    count = torch.cuda.device_count() if device.type == 'cuda' else 1
    if device.type not in ('cpu', 'cuda') or (device.index or 0) >= count:
        raise BackboneError(f'device {name!r} is not here; CUDA devices: {count}')
    return device


def tensors_of(card: cards.Card) -> dict[str, torch.Tensor]:
    """The tensors in the card's weights file.

    Raises CardError where the file is not the one the card means, BackboneError where it is no
    safetensors.
    """
    path = cards.weights_path(card)
    if path.suffix != '.safetensors':
        raise BackboneError(f'{path}: a torch backbone reads .safetensors')
    try:
        tensors: dict[str, torch.Tensor] = load(cards.read_weights(card))
    except SafetensorError as error:
        raise BackboneError(f'{path} is no safetensors file: {error}') from error
    return tensors


def load_network(
    network: torch.nn.Module,
    card: cards.Card,
    device: torch.device,
    layout: torch.memory_format = torch.preserve_format,
) -> torch.nn.Module:
    """The network with the card's weights on a device, for inference only.

    Layers that offer ``fold()`` simplify themselves (a batch norm joins its convolution).
    ``layout`` is that of the weights in memory.  Raises CardError where the
    file is not the one the card means, BackboneError where it does not fit, or not into the
    device's memory.
    """
    path = cards.weights_path(card)
    try:
        network.load_state_dict(tensors_of(card))
    except RuntimeError as error:
        raise BackboneError(f'{path} does not fit {dict(card.backbone)}: {error}') from error
    network.eval().requires_grad_(False)
    for module in network.modules():
        fold = getattr(module, 'fold', None)
        if callable(fold):
            fold()
    with _memory_of(device, f'the network of {card.name}'):
        placed: Any = network.to(device)
        result: torch.nn.Module = placed.to(memory_format=layout)
    return result


def run(
    network: torch.nn.Module,
    inputs: npt.NDArray[np.generic],
    prepare: Callable[[torch.Tensor], torch.Tensor],
    card: cards.Card,
    device: torch.device,
) -> tuple[FloatArray, FloatArray]:
    """Raw inputs (N, ...) -> embeddings (N, D) and canonical, calibrated logits (N, C).

    ``prepare`` turns a raw batch on the device into the network's input.  N may be 0.
    """
    embeddings, logits = run_own_labels(network, inputs, prepare, card, device)
    return embeddings, labels.to_canonical(logits, card.labels)


def run_own_labels(
    network: torch.nn.Module,
    inputs: npt.NDArray[np.generic],
    prepare: Callable[[torch.Tensor], torch.Tensor],
    card: cards.Card,
    device: torch.device,
) -> tuple[FloatArray, FloatArray]:
    """As run(), with logits (N, K) over the card's own labels, in the card's order.

    Raises BackboneError where the device has no memory left; the next call may succeed.
    """
    embeddings, logits = [], []
    with torch.inference_mode():
        for start in range(0, max(len(inputs), 1), _BATCH):
            some = inputs[start : start + _BATCH]
            with _memory_of(device, f'{len(some)} inputs of {card.name}'):
                batch = torch.from_numpy(np.array(some)).to(device)
                embedding, output = network(prepare(batch))
                embeddings.append(embedding.float().cpu().numpy())
                logits.append(output.float().cpu().numpy())
    scaled = (np.concatenate(logits) / card.temperature).astype(np.float32)
    return np.concatenate(embeddings), scaled


@contextmanager
def _memory_of(device: torch.device, what: str) -> Iterator[None]:
    """Say in one line that a device has no memory left, and give back what is not in use.

    Others use the device as well: what they took now, they may give back before the next frame.
    """
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        reason = str(error).partition('\n')[0]
        raise BackboneError(f'{device} has no memory left for {what}: {reason}') from None
