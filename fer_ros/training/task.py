"""What a training must know of its subject; everything else about it is the loop's.

A task is built as ``Task(config, data_folder)`` and is one of three: a ModelTask, whose network is
trained by the loop and becomes a model; a JointTask, whose network becomes several; or a
FittedTask, which is solved at once.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch

from fer_ros.config import Chosen
from fer_ros.types import FloatArray

if TYPE_CHECKING:
    from fer_ros.training.loop import Fitted

TASKS = {
    'face': 'fer_ros.training.face:FaceTask',
    'voice': 'fer_ros.training.voice:VoiceTask',
    'fusion': 'fer_ros.training.fusion:FusionTask',
    'combiner': 'fer_ros.training.combiner:CombinerTask',
    'two_branch': 'fer_ros.training.two_branch:TwoBranchTask',
}


@dataclass(frozen=True, eq=False)
class Split:
    """The examples of one split."""

    inputs: torch.Tensor
    """(N, ...) raw and compact; the loop moves it to the device once."""
    targets: torch.Tensor
    """float32 (N, K): a distribution over the task's labels."""
    labels: torch.Tensor
    """int64 (N,): the label that the metrics count, -1 for an example they leave out."""
    subsets: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """Named bool (N,) masks of the parts that are also reported alone."""


class LoopTask(Protocol):
    """Data, network and preparation: what the training loop needs."""

    kind: str
    """The kind of plugin that runs the trained model."""
    labels: tuple[str, ...]
    """The outputs of the network, in the corpus's own words."""
    config: Any
    """The settings; has ``backbone``, a slot, and ``loop``, a settings.LoopConfig."""

    def split(self, name: str) -> Split:
        """The examples of 'train', 'val' or 'test'."""
        ...

    def network(self, backbone: Chosen) -> torch.nn.Module:
        """A new network: prepared inputs -> embeddings (N, D), logits (N, K)."""
        ...

    def prepare(self, inputs: torch.Tensor) -> torch.Tensor:
        """A raw batch on any device -> the network's input, exactly as at run time."""
        ...

    def augment(self, inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """A raw batch -> a varied network input; all randomness comes from the generator."""
        ...


@runtime_checkable
class ModelTask(LoopTask, Protocol):
    """Its network becomes one model, which export.export() writes and measures."""

    def infer(self, backbone: Any, inputs: npt.NDArray[np.generic]) -> FloatArray:
        """Raw inputs -> calibrated logits (N, K) of the run-time backbone, in the task's order."""
        ...

    def card(self) -> dict[str, Any]:
        """The parts of the card that only the task knows.

        kind, backbone, labels, input, licence, summary, limits.
        """
        ...


@runtime_checkable
class JointTask(LoopTask, Protocol):
    """Its network becomes several models, which are measured together."""

    def export(self, fitted: Fitted, out: Path, how: Mapping[str, Any]) -> None:
        """Write a model into ``out`` and others beside it; ``how`` says for the cards how."""
        ...


@runtime_checkable
class FittedTask(Protocol):
    """Solved at once, without epochs."""

    def train(self, out: Path, how: Mapping[str, Any]) -> None:
        """Fit, measure and write a model into ``out``; ``how`` says for its card how."""
        ...

    def measure(self, backbone: Any) -> dict[str, Any]:
        """The results of a card, of the loaded model."""
        ...


Task = ModelTask | JointTask | FittedTask


class TaskError(ValueError):
    """A modality that cannot be trained, or data that it cannot be trained on."""


def check_splits(data: Path, counts: Mapping[str, int]) -> None:
    """Raises TaskError where a split has no example, by how many there are in each."""
    empty = [name for name, count in counts.items() if not count]
    if empty:
        raise TaskError(
            f'{data}: no example in {" and ".join(empty)}: too few pictures, clips or people to '
            'train on some and measure on others; fer-ros data check tells what is there'
        )


def load_task(name: str) -> Any:
    """The class of a task, with its nested ``Config``.  Raises TaskError listing the known."""
    if name not in TASKS:
        raise TaskError(f'unknown task {name!r}; known: {", ".join(TASKS)}')
    module, _, cls = TASKS[name].partition(':')
    return getattr(importlib.import_module(module), cls)


def make_task(name: str, config: Any, data: Path) -> Task:
    """A task over the data in a folder."""
    made: Task = load_task(name)(config, data)
    return made
