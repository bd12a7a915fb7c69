"""How many faces and windows of sound a device reads in a second, by batch size and precision.

A batch is handed over as offline evaluation does: crops and samples as they are on the host go in,
NumPy arrays come out.  Preparing the input, copying both ways and waiting for the device count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros import cards, compute, golden, models
from fer_ros.benchmarks.spread import Spread, spread
from fer_ros.precision import EXACT, PrecisionError, precision_of, set_precision
from fer_ros.types import FACE, NS_PER_S, VOICE, Modality

KINDS: dict[Modality, str] = {FACE: 'face_backbone', VOICE: 'audio_backbone'}
GOALS: dict[Modality, float] = {FACE: 5000.0, VOICE: 2000.0}
"""Examples a second that a GPU of the class of an H100 shall reach in offline evaluation."""
_WARM_UP = 2
"""Runs before any is counted: a device chooses its algorithms and finds its memory."""
_LEAST_RUNS = 5

Clock = Callable[[], int]


@dataclass(frozen=True)
class Reader:
    """A model that is ready on a device."""

    modality: Modality
    model: str
    runtime: str
    """'onnxruntime', 'PyTorch', or the plugin of others."""
    precision: str
    backbone: Any
    gpu: str
    """The GPU that PyTorch runs it on, '' where there is none."""


@dataclass(frozen=True)
class Throughput:
    """How fast a model read batches of one size."""

    modality: Modality
    model: str
    runtime: str
    precision: str
    batch: int
    times: Spread
    """Of one batch."""
    examples_per_s: float
    """The batch over its median time."""
    device_mb: float | None
    """Most memory of a GPU in use by PyTorch, weights and batch; None on the CPU."""


def device_name(device: str) -> str:
    """What a reader must know of a GPU; 'cpu' for the CPU, which the machine's summary names."""
    if compute.is_processor(device):
        return 'cpu'
    import torch

    gpu = compute.device_in_use(device)
    facts = torch.cuda.get_device_properties(gpu)
    return (
        f'{gpu}, {facts.name}, {facts.total_memory / 2**30:.0f} GiB, '
        f'compute capability {facts.major}.{facts.minor}, CUDA {torch.version.cuda}'
    )


def usual_precisions(device: str) -> Sequence[str]:
    """What is worth measuring on a device: PyTorch has slow float16 on the CPU."""
    half = ('bfloat16',) if compute.is_processor(device) else ('float16', 'bfloat16')
    return (EXACT, *half)


def readers(
    modality: Modality,
    model: str,
    device: str,
    precisions: Sequence[str],
    threads: int,
    on_refusal: Callable[[PrecisionError], None],
) -> Iterator[Reader]:
    """A model in each way in which it runs on a device: as the pipeline runs it, and in PyTorch.

    ``on_refusal`` hears of a precision that the model does not bear.
    """
    kind, card = KINDS[modality], cards.find(model)
    gpu = '' if compute.is_processor(device) else compute.device_in_use(device)
    usual = models.load_backbone(kind, model, device, threads)
    if not precision_of(usual):
        runtime = 'onnxruntime' if card.graph_file else str(card.backbone['plugin'])
        yield Reader(modality, model, runtime, EXACT, usual, gpu='')
        if not card.graph_file:
            return
    for precision in precisions:
        backbone = models.build_backbone(card, device)
        try:
            set_precision(kind, backbone, precision, device)
        except PrecisionError as error:
            on_refusal(error)
            continue
        compute.use_threads(threads)
        yield Reader(modality, model, 'PyTorch', precision, backbone, gpu)


def throughput(
    reader: Reader, batch: int, seconds: float, clock: Clock = time.perf_counter_ns
) -> Throughput:
    """Read batches for so long."""
    inputs = _examples(reader, batch)
    if reader.gpu:
        _forget_peak(reader.gpu)
    for _ in range(_WARM_UP):
        reader.backbone.infer(inputs)
    durations: list[int] = []
    begin_ns = now_ns = clock()
    while now_ns - begin_ns < seconds * NS_PER_S or len(durations) < _LEAST_RUNS:
        before_ns = now_ns
        reader.backbone.infer(inputs)
        now_ns = clock()
        durations.append(now_ns - before_ns)
    times = spread(durations)
    return Throughput(
        reader.modality,
        reader.model,
        reader.runtime,
        reader.precision,
        batch,
        times,
        batch / times.p50_ms * 1e3,
        _peak_mb(reader.gpu) if reader.gpu else None,
    )


def _examples(reader: Reader, batch: int) -> npt.NDArray[Any]:
    """The fixed input of golden.py again and again: what is in it makes no difference here."""
    backbone = reader.backbone
    fixed: npt.NDArray[Any] = (
        golden.crops(backbone.crop_size)
        if reader.modality == FACE
        else golden.sound(backbone.rate_hz, backbone.window_s)
    )
    return fixed[np.arange(batch) % len(fixed)]


def _forget_peak(gpu: str) -> None:
    import torch

    torch.cuda.reset_peak_memory_stats(gpu)


def _peak_mb(gpu: str) -> float:
    import torch

    return float(torch.cuda.max_memory_allocated(gpu)) / 1e6
