"""What every backbone that runs in PyTorch shares, whatever its modality.

Choosing the device, reading the weights that a card vouches for, and running a network in batches
so that its logits come out calibrated and in the package's own order.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
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
_BATCH = {'cpu': 64, 'cuda': 1024}
"""Most inputs at once, by type of device: a GPU is idle in part with fewer, a CPU's caches
overflow with more."""
_BATCH_BYTES = 64 * 2**20
"""Most bytes of raw input at once, which bounds the memory that large ones take."""
_TENSOR_CORES = (7, 0)
"""The compute capability from which NVIDIA's GPUs multiply float16 faster than float32."""


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


def fast_precision(device: torch.device) -> str:
    """The precision in which networks are fastest on a device and barely answer differently.

    float16 has eight times the resolution of bfloat16 at the same speed; its smaller range is
    checked when a model is loaded (fer_ros.precision).
    """
    if device.type != 'cuda' or torch.cuda.get_device_capability(device) < _TENSOR_CORES:
        return 'float32'
    return 'float16'


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
    precision: str = 'float32',
) -> tuple[FloatArray, FloatArray]:
    """Raw inputs (N, ...) -> embeddings (N, D) and canonical, calibrated logits (N, C).

    ``prepare`` turns a raw batch on the device into the network's input, always in float32;
    ``precision`` is that of the network's layers.  N may be 0.
    """
    embeddings, logits = run_own_labels(network, inputs, prepare, card, device, precision)
    return embeddings, labels.to_canonical(logits, card.labels)


def run_own_labels(
    network: torch.nn.Module,
    inputs: npt.NDArray[np.generic],
    prepare: Callable[[torch.Tensor], torch.Tensor],
    card: cards.Card,
    device: torch.device,
    precision: str = 'float32',
) -> tuple[FloatArray, FloatArray]:
    """As run(), with logits (N, K) over the card's own labels, in the card's order.

    Batches are handed to the device one after the other, and their answers fetched once at the
    end, so that a GPU computes while the next batch is copied.  Raises BackboneError where the
    device has no memory left; the next call may succeed.
    """
    count = len(inputs)
    if not count:  # not every operator takes an empty batch
        inputs = np.zeros_like(inputs, shape=(1, *inputs.shape[1:]))
    step = _batch_size(inputs, device)
    answers: list[torch.Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(inputs), step):
            some = inputs[start : start + step]
            with _memory_of(device, f'{len(some)} inputs of {card.name}'):
                batch = prepare(_placed(some, device))
                with _layers_in(precision, device):
                    embedding, output = network(batch)
                answers.append(torch.cat((output.float(), embedding.float()), dim=1))
        with _memory_of(device, f'{len(inputs)} answers of {card.name}'):
            found = torch.cat(answers)[:count].cpu().numpy()
    logits, embeddings = np.split(found, [output.shape[1]], axis=1)
    scaled = (logits / card.temperature).astype(np.float32)
    return np.ascontiguousarray(embeddings), scaled


def _batch_size(inputs: npt.NDArray[np.generic], device: torch.device) -> int:
    fitting = _BATCH_BYTES * len(inputs) // max(inputs.nbytes, 1)
    return max(1, min(_BATCH[device.type], fitting))


def _placed(some: npt.NDArray[np.generic], device: torch.device) -> torch.Tensor:
    """A copy on the device; a GPU fetches it by itself, from memory that stays where it is."""
    dtype = torch.from_numpy(np.empty(0, some.dtype)).dtype
    copy = torch.empty(some.shape, dtype=dtype, pin_memory=device.type == 'cuda')
    np.copyto(copy.numpy(), some)
    return copy.to(device, non_blocking=True)


def _layers_in(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Layers that gain by it compute in so many bits; sums and softmax stay in float32."""
    if precision == 'float32':
        return nullcontext()
    return torch.autocast(device.type, dtype=getattr(torch, precision))


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
