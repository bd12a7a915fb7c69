"""What the machine allows: no program computes or copies faster than this.

The floor of a network is its multiply-adds over the rate that the machine reaches on a large
product of matrices or a large convolution of float32, whichever is faster: libraries differ by a
factor of two on one processor.  The floor of copying is the bytes over the bandwidth of memory.
A network in integers of 8 bits may lie below its floor; any other that comes near to it is as fast
as it can be.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_ros import cards, plugins
from fer_ros.audio.features import FeatureConfig
from fer_ros.benchmarks.onnx_graph import onnx_multiply_adds
from fer_ros.config import parse, parse_chosen
from fer_ros.face.crops import parse_input
from fer_ros.face.yunet import YuNetDetector, graph_path

if TYPE_CHECKING:
    import torch

_EDGE = 768
_CHANNELS, _SIZE = 128, 48
"""Of the large convolution, with a kernel of 3 x 3."""
_COPIED = 40_000_000
"""Bytes; more than any cache holds."""
_TRIES = 40
"""Of a few milliseconds each, so that some of them are not interrupted on a busy machine."""
_STRIDE = 32
"""Its pictures have edges that this divides."""


@dataclass(frozen=True)
class Rates:
    """What the machine was measured to do."""

    multiply_adds: float
    """Of float32, a second, with so many threads."""
    bytes: float
    """Read and written together by one thread, a second."""
    threads: int


def measured_rates(threads: int, timer: Callable[[], float] = time.perf_counter) -> Rates:
    """The best of a few tries, because other programs only ever make it slower."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            rate = max(_product_rate(timer), _convolution_rate(timer))
    finally:
        torch.set_num_threads(before)
    source, target = np.ones(_COPIED, np.uint8), np.zeros(_COPIED, np.uint8)
    copy_s = _best(lambda: np.copyto(target, source), timer)
    return Rates(rate, 2 * _COPIED / copy_s, threads)


def _product_rate(timer: Callable[[], float]) -> float:
    import torch

    one, other = torch.rand(_EDGE, _EDGE), torch.rand(_EDGE, _EDGE)
    out = torch.empty(_EDGE, _EDGE)
    return _EDGE**3 / _best(lambda: torch.mm(one, other, out=out), timer)


def _convolution_rate(timer: Callable[[], float]) -> float:
    import torch

    layer: Any = torch.nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, bias=False)
    layer.to(memory_format=torch.channels_last)
    given = torch.rand(1, _CHANNELS, _SIZE, _SIZE).to(memory_format=torch.channels_last)
    return 9 * _CHANNELS**2 * _SIZE**2 / _best(lambda: layer(given), timer)


def _best(work: Callable[[], Any], timer: Callable[[], float]) -> float:
    times_s = []
    for _ in range(_TRIES):
        begin_s = timer()
        work()
        times_s.append(timer() - begin_s)
    return min(times_s)


def model_multiply_adds(kind: str, name: str) -> int | None:
    """Those of a model for one face or one window of sound; None for one not made of torch.

    ``kind`` is 'face_backbone' or 'audio_backbone'.  The network is built anew from its card, so
    that it does not matter how it runs.
    """
    card = cards.find(name)
    chosen = parse_chosen(kind, card.backbone)
    build = getattr(plugins.load(kind, chosen.plugin), 'network', None)
    if build is None:
        return None
    if kind == 'face_backbone':
        face = parse_input(card.input)
        network = build(chosen.config, face.channels, len(card.labels))
        return multiply_adds(network, (face.channels, face.size, face.size))
    voice = parse(FeatureConfig, card.input)
    network = build(chosen.config, voice.rows, len(card.labels))
    return multiply_adds(network, (voice.rows, voice.frames))


def yunet_multiply_adds(config: YuNetDetector.Config, width: int, height: int) -> int | None:
    """Those of the detector in a picture of a size, which it reduces and pads."""
    factor = min(1.0, config.input_size / max(width, height))
    edges = [math.ceil(edge * factor / _STRIDE) * _STRIDE for edge in (height, width)]
    return onnx_multiply_adds(graph_path(config), (1, 3, *edges))


def multiply_adds(network: torch.nn.Module, shape: tuple[int, ...]) -> int:
    """Those of convolutions, linear and recurrent layers for one input of a shape.

    What is left out (norms, activations, pooling) is less than one hundredth of it.
    """
    import torch

    counts: list[int] = []

    def count(layer: Any, inputs: Any, output: Any) -> None:
        counts.append(_of_layer(layer, inputs[0], output))

    kinds = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear, torch.nn.GRU, torch.nn.LSTM)
    hooks = [
        layer.register_forward_hook(count)
        for layer in network.modules()
        if isinstance(layer, kinds)
    ]
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            network(torch.zeros(1, *shape))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return sum(counts)


def _of_layer(layer: Any, given: torch.Tensor, output: Any) -> int:
    if hasattr(layer, 'kernel_size'):
        taps = layer.weight.numel() // layer.out_channels
        return int(output.numel() * taps)
    if hasattr(layer, 'in_features'):
        return int(output.numel() * layer.in_features)
    steps = given.numel() // given.shape[-1]
    weights = sum(weight.numel() for name, weight in layer.named_parameters() if 'weight' in name)
    return int(steps * weights)
