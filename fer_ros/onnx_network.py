"""A classifier in ONNX, whatever its modality, described by its card alone.

Networks of others come in this format: what their inputs and outputs mean is settings in a card,
so none of them needs code of its own.  Ours have their graph in it, beside their weights: on a
processor onnxruntime is faster than PyTorch, and much smaller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load

from fer_ros import cards
from fer_ros.config import setting
from fer_ros.onnx_session import CPU, SessionError, open_session
from fer_ros.types import FloatArray

_BATCH = 64
"""Bounds the memory that a very large input takes."""
_CUDA = 'CUDAExecutionProvider'


class OnnxError(ValueError):
    """An ONNX file that is not what its card says, or a device that is not there."""


@dataclass(frozen=True)
class OnnxConfig:
    """What the outputs of the file mean, and how it runs."""

    scores_output: str = setting('', 'Output with one score per label; empty for the first')
    scores: str = setting('logits', 'What the scores are', choices=('logits', 'probabilities'))
    embedding_output: str = setting('', 'Output that is the embedding; empty for the scores')
    threads: int = setting(
        1, 'Threads on the CPU; more make only large networks faster', ge=1, le=256
    )


class OnnxNetwork:
    """The session of a card's ONNX file, tried once when it is loaded."""

    def __init__(
        self, config: OnnxConfig, card: cards.Card, device: str, shape: Sequence[int]
    ) -> None:
        """``shape`` is that of one prepared input; an axis of 1 is put before it if missing.

        Raises CardError where the file is not the one the card means, OnnxError where it does
        not take that input, lacks an output or gives another number of scores than labels.
        """
        self._card = card
        self._probabilities = config.scores == 'probabilities'
        path = cards.weights_path(card)
        self._session = _open(card, device, config.threads)
        self._input, self._axes, self._fixed_batch = self._find_input(path, len(shape))
        names = [output.name for output in self._session.get_outputs()]
        wanted = (config.scores_output or names[0], config.embedding_output)
        for name in wanted:
            if name and name not in names:
                raise OnnxError(f'{path}: no output {name!r}; there are {", ".join(names)}')
        self._outputs = [name for name in wanted if name]
        try:
            scores, embeddings = self._run(np.zeros((1, *shape), np.float32))
        except Exception as error:  # onnxruntime's errors share no class
            raise OnnxError(f'{path} does not take an input of {list(shape)}: {error}') from error
        if scores.shape[1] != len(card.labels):
            raise OnnxError(
                f'{path}: output {self._outputs[0]!r} has {scores.shape[1]} scores, '
                f'the card has {len(card.labels)} labels'
            )
        self._nothing = scores[:0], embeddings[:0]

    def infer(
        self,
        inputs: npt.NDArray[np.generic],
        prepare: Callable[[npt.NDArray[Any]], FloatArray],
    ) -> tuple[FloatArray, FloatArray]:
        """Raw inputs (N, ...) -> embeddings (N, D), calibrated logits (N, K) as in the card.

        ``prepare`` turns a raw batch into the network's input.  N may be 0.
        """
        step = self._fixed_batch or _BATCH
        starts = range(0, len(inputs), step)
        parts = [self._run(prepare(inputs[start : start + step])) for start in starts]
        parts = parts or [self._nothing]
        scores = np.concatenate([part[0] for part in parts])
        if self._probabilities:
            scores = np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        embeddings = np.concatenate([part[1] for part in parts])
        logits: FloatArray = (scores / self._card.temperature).astype(np.float32)
        return embeddings, logits

    def _find_input(self, path: Path, axes: int) -> tuple[str, int, int]:
        """The name, the number of axes and the batch size (0 for any) of the only input."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise OnnxError(f'{path} has {len(inputs)} inputs, must have one')
        shape = inputs[0].shape
        if len(shape) - 1 not in (axes, axes + 1):
            raise OnnxError(f'{path}: the input has shape {shape}, {axes + 1} axes are given')
        return inputs[0].name, len(shape), shape[0] if isinstance(shape[0], int) else 0

    def _run(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores (N, K) and embeddings (N, D) of one batch."""
        count = len(inputs)
        batch = inputs[:, None] if inputs.ndim < self._axes else inputs
        if self._fixed_batch > count:
            batch = np.concatenate(
                (batch, np.zeros_like(batch, shape=(self._fixed_batch - count, *batch.shape[1:])))
            )
        found = self._session.run(self._outputs, {self._input: np.ascontiguousarray(batch)})
        flat = [np.asarray(each, np.float32).reshape(len(batch), -1)[:count] for each in found]
        return flat[0], flat[-1]


def _open(card: cards.Card, device: str, threads: int) -> Any:
    """The session of the weights file, or of the graph with the weights of that file."""
    import onnxruntime

    chosen = providers(device, onnxruntime.get_available_providers())
    path, content = cards.weights_path(card), cards.read_weights(card)
    try:
        if not card.graph_file:
            return open_session(str(path), content, threads, chosen)
        graph = cards.read_graph(card)
        weights = {key: value for key, value in load(content).items() if value.dtype == np.float32}
        return open_session(str(card.folder / card.graph_file), graph, threads, chosen, weights)
    except SafetensorError as error:
        raise OnnxError(f'{path} is no safetensors file: {error}') from error
    except SessionError as error:
        raise OnnxError(str(error)) from error


def providers(device: str, available: Sequence[str]) -> list[Any]:
    """What onnxruntime calls 'auto', 'cpu', 'cuda' or 'cuda:N'.  Raises OnnxError."""
    match = re.fullmatch(r'(auto|cpu|cuda)(?::(\d+))?', device)
    if match is None or (match[2] and match[1] != 'cuda'):
        raise OnnxError(f'device {device!r} is not one of auto, cpu, cuda, cuda:N')
    if match[1] == 'cpu' or (match[1] == 'auto' and _CUDA not in available):
        return [CPU]
    if _CUDA not in available:
        raise OnnxError(
            f'device {device!r}: this onnxruntime has no CUDA; the package onnxruntime-gpu has'
        )
    return [(_CUDA, {'device_id': int(match[2] or 0)}), CPU]
