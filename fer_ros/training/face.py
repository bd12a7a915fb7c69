"""The task of reading expressions from face crops."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fer_ros import config as settings
from fer_ros import plugins
from fer_ros.config import Chosen, group, setting, slot
from fer_ros.data.examples import label_of, subsets_of
from fer_ros.face import tensors
from fer_ros.face.crops import FaceInput, dump_input
from fer_ros.labels import index_of
from fer_ros.training.augment_face import FaceAugmentConfig, augment
from fer_ros.training.settings import LoopConfig
from fer_ros.training.task import Split, check_splits
from fer_ros.types import FloatArray

_INFERRED = 1024
"""Crops at once: as many as a GPU takes."""


@dataclass(frozen=True)
class FaceInputConfig:
    """What of the crops the network reads."""

    size: int = setting(48, 'Edge of the crop', unit='px', ge=16, le=512)
    standardise: str = setting(
        'crop', 'Mean and deviation of each crop, or fixed', choices=('crop', 'fixed')
    )
    margin: float = setting(0.0, 'Margin of the training crops around the face box', ge=-0.5)


class FaceTask:
    """Pictures of a face data set and the network of a face backbone.

    The data set says what colour its crops have and where the eyes are in them (``colour``,
    ``eyes``), so that a robot's crops will be alike; where it does not, the first of them tells
    the colour, and the eyes may be anywhere.
    """

    @dataclass(frozen=True)
    class Config:
        """Settings of a face training."""

        summary: str = setting('', 'One line on the model, for its card')
        licence: str = setting('Apache-2.0', 'Licence of the weights')
        limits: tuple[str, ...] = setting((), 'What the model cannot do, for its card')
        data: Chosen = slot('dataset', 'fer2013plus', 'Labelled pictures')
        backbone: Chosen = slot('face_backbone', 'fast_resnet', 'Architecture')
        input: FaceInputConfig = group(FaceInputConfig)
        augment: FaceAugmentConfig = group(FaceAugmentConfig)
        loop: LoopConfig = group(LoopConfig)

    kind = 'face_backbone'

    def __init__(self, config: Config, data: Path) -> None:
        self.config = config
        placed = dataclasses.replace(config.data.config, root=str(data))
        self._data = plugins.load('dataset', config.data.plugin)(placed)
        check_splits(data, {name: len(some) for name, some in self._data.splits().items()})
        self.labels: tuple[str, ...] = tuple(self._data.labels)
        self._input = FaceInput(
            size=config.input.size,
            standardise=config.input.standardise,
            colour=_colour(self._data),
            margin=config.input.margin,
            eyes=getattr(self._data, 'eyes', None),
        )

    def split(self, name: str) -> Split:
        """The pictures of a split: inputs uint8 (N, H, W), or (N, H, W, 3) of RGB."""
        examples = list(self._data.examples(name))
        named = sorted(set().union(*map(subsets_of, examples)))
        return Split(
            inputs=torch.from_numpy(np.stack([example['input'] for example in examples])),
            targets=torch.from_numpy(np.stack([example['target'] for example in examples])),
            labels=torch.tensor([label_of(example) for example in examples]),
            subsets={
                subset: torch.tensor([subset in subsets_of(example) for example in examples])
                for subset in named
            },
        )

    def network(self, backbone: Chosen) -> torch.nn.Module:
        """A new network of an architecture."""
        cls = plugins.load(self.kind, backbone.plugin)
        network: torch.nn.Module = cls.network(
            backbone.config, self._input.channels, len(self.labels)
        )
        return network

    def prepare(self, inputs: torch.Tensor) -> torch.Tensor:
        """Crops as of split() -> float32 (N, channels, size, size)."""
        return tensors.prepare(inputs, self._input)

    def augment(self, inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """The same shape as prepare(), varied."""
        values = tensors.resize(tensors.to_unit(inputs, self._input), self._input.size)
        varied = augment(values, self.config.augment, generator)
        return tensors.standardise(varied, self._input)

    def infer(self, backbone: Any, inputs: npt.NDArray[np.generic]) -> FloatArray:
        """Crops as of split() through the run-time backbone, as RGB of its crop size."""
        edge = backbone.crop_size
        answers = []
        for start in range(0, len(inputs), _INFERRED):
            batch = torch.from_numpy(inputs[start : start + _INFERRED])
            channels = batch[:, None] if batch.ndim == 3 else batch.permute(0, 3, 1, 2)
            sized = tensors.resize(channels.float(), edge).round().to(torch.uint8)
            rgb = sized.permute(0, 2, 3, 1).expand(-1, -1, -1, 3).numpy()
            answers.append(backbone.infer(rgb)[1])
        return np.concatenate(answers)[:, [index_of(label) for label in self.labels]]

    def card(self) -> dict[str, Any]:
        """What the card says of kind, backbone, labels, input and licence."""
        chosen = self.config.backbone
        return {
            'summary': self.config.summary,
            'kind': self.kind,
            'backbone': {'plugin': chosen.plugin, **settings.dump(chosen.config)},
            'labels': list(self.labels),
            'input': dump_input(self._input),
            'licence': self.config.licence,
            'limits': list(self.config.limits),
        }


def _colour(dataset: Any) -> str:
    """'grey' or 'rgb': what it says, else what its first picture is."""
    if hasattr(dataset, 'colour'):
        return str(dataset.colour)
    first = next(iter(dataset.examples('train')))
    return 'grey' if np.asarray(first['input']).ndim == 2 else 'rgb'
