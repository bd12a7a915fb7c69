"""The task of joining modalities by a network on their embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fer_ros import config as settings
from fer_ros.config import group, setting
from fer_ros.evaluation import fusion_sources
from fer_ros.evaluation.fusion_sources import SourceConfig
from fer_ros.evaluation.fusion_tables import CLEAN, SPOILT, Clips, Table, partners
from fer_ros.fusion import nets
from fer_ros.fusion.nets_base import NetConfig
from fer_ros.fusion.packing import pack
from fer_ros.labels import LABELS, index_of
from fer_ros.training import modes
from fer_ros.training.settings import LoopConfig
from fer_ros.training.task import Split
from fer_ros.types import FloatArray

_ABSENT = -1
_LEAST = 1e-12


class FusionTask:
    """What the branches answered, and the network that joins it.

    An input (M,) holds a row number for each modality, sorted: that of a clean row, that of its
    spoilt version (which follow after all clean ones), or -1 where the modality is not there.
    In training every modality but the last gets another partner of the same label in each epoch.
    """

    @dataclass(frozen=True)
    class Config:
        """Settings of a fusion training."""

        summary: str = setting('', 'One line on the model, for its card')
        licence: str = setting('CC-BY-NC-SA-4.0', 'Licence of the weights')
        limits: tuple[str, ...] = setting((), 'What the model cannot do, for its card')
        source: SourceConfig = group(SourceConfig)
        backbone: NetConfig = group(NetConfig)
        seen: str = setting(
            modes.MIXED,
            "Modalities in training: 'all', 'mixed' (any subset) or the name of one alone",
        )
        missing: float = setting(
            0.5, 'Share of the examples that lack modalities, with mixed', ge=0.0, le=1.0
        )
        spoilt: float = setting(0.1, 'How often a modality is spoilt', ge=0.0, le=1.0)
        forgotten: float = setting(
            0.3, 'How often a moment before the newest is not there', ge=0.0, le=1.0
        )
        fit_on: str = setting(
            'fit', 'Split that is trained on; see fusion_sources', choices=('fit', 'both')
        )
        loop: LoopConfig = group(LoopConfig)

    kind = 'fusion'

    def __init__(self, config: Config, data: Path) -> None:
        self.config = config
        parts = {'train': config.fit_on, 'val': 'choose', 'test': 'test'}
        self._clips = {
            name: fusion_sources.clips(config.source, data, part) for name, part in parts.items()
        }
        first = self._clips['train']
        self.modalities = first.modalities
        modes.check_seen(config.seen, self.modalities)
        self._sizes = {name: first.tables[name].embedding.shape[2] for name in self.modalities}
        self.labels = tuple(LABELS[number] for number in np.unique(first.labels))
        self._columns = [index_of(label) for label in self.labels]
        self._tables = [
            Table.joined([clips.tables[name] for clips in self._clips.values()])
            for name in self.modalities
        ]
        self._rows = [self._packed(m) for m in range(len(self.modalities))]

    def split(self, name: str) -> Split:
        """The cases of a split; of 'val' and 'test' every subset of the modalities."""
        clips = self._clips[name]
        whole = torch.stack([self._numbers(name, m, clips) for m in range(len(self._sizes))], 1)
        subsets = {'all': whole}
        if name != 'train':
            for modality, column in zip(self.modalities, whole.T, strict=True):
                alone = torch.full_like(whole, _ABSENT)
                alone[:, self.modalities.index(modality)] = column
                subsets[f'{modality}_alone'] = alone
        labels = torch.from_numpy(np.searchsorted(self._columns, clips.labels))
        return Split(
            inputs=torch.cat(list(subsets.values())),
            targets=torch.nn.functional.one_hot(labels, len(self.labels))
            .float()
            .repeat(len(subsets), 1),
            labels=labels.repeat(len(subsets)),
            subsets={
                mode: torch.arange(len(subsets)).repeat_interleave(len(clips)) == number
                for number, mode in enumerate(subsets)
            },
        )

    def network(self, backbone: Any) -> torch.nn.Module:
        """A new network of an architecture."""
        return nets.build(self._sizes, self._columns, backbone)

    def prepare(self, inputs: torch.Tensor) -> torch.Tensor:
        """Row numbers (N, M) -> packed evidence (N, M, T, row)."""
        numbers = inputs.cpu()
        packed = [rows[numbers[:, m]] for m, rows in enumerate(self._rows)]
        return torch.stack(packed, 1).to(inputs.device)

    def augment(self, inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """As prepare(), with other partners, and modalities and moments missing or spoilt."""
        source = modes.cpu_generator(generator)
        numbers = self._partners(inputs.cpu(), source)
        spoilt = torch.rand(numbers.shape, generator=source) < self.config.spoilt
        numbers = numbers + spoilt * torch.tensor([len(table.labels) for table in self._tables])
        seen, missing = self.config.seen, self.config.missing
        kept = modes.kept(seen, missing, self.modalities, len(numbers), source)
        numbers = torch.where(kept, numbers, _ABSENT)
        packed = self.prepare(numbers)
        forgotten = torch.rand(packed.shape[:3], generator=source) < self.config.forgotten
        forgotten[:, :, -1] = False
        return (packed * ~forgotten[..., None]).to(inputs.device)

    def infer(self, backbone: Any, inputs: npt.NDArray[np.generic]) -> FloatArray:
        """Row numbers (N, M) -> log-probabilities (N, K) of the run-time fusion."""
        answers = []
        for row in inputs.tolist():
            evidence = {
                name: self._features(m, number)
                for m, (name, number) in enumerate(zip(self.modalities, row, strict=True))
                if number != _ABSENT
            }
            answers.append(backbone.fuse(evidence).probabilities[self._columns])
        result: FloatArray = np.log(np.maximum(np.stack(answers), _LEAST)).astype(np.float32)
        return result

    def card(self) -> dict[str, Any]:
        """What the card says of kind, backbone, labels, input and licence."""
        about = fusion_sources.about(self.config.source, self._clips['train'].tables)
        return {
            'summary': self.config.summary,
            'kind': self.kind,
            'backbone': settings.dump(self.config.backbone),
            'labels': list(self.labels),
            'input': {'modalities': about},
            'licence': self.config.licence,
            'limits': list(self.config.limits),
        }

    def _numbers(self, split: str, modality: int, clips: Clips) -> torch.Tensor:
        """Rows (N,) of a split's cases in the table of all splits."""
        name = self.modalities[modality]
        before = 0
        for other, others in self._clips.items():
            if other == split:
                break
            before += len(others.tables[name].labels)
        return torch.from_numpy(clips.rows[name] + before)

    def _packed(self, modality: int) -> torch.Tensor:
        """What the network reads of every clean row, every spoilt one, and of an absent one."""
        name, table = self.modalities[modality], self._tables[modality]
        steps = self.config.backbone.steps
        rows = [
            pack({name: self._features(modality, number)}, [(name,)], self._sizes, steps)
            for number in range(2 * len(table.labels))
        ]
        packed = np.stack(rows)[:, 0, modality]
        return torch.from_numpy(np.concatenate((packed, np.zeros_like(packed[:1]))))

    def _features(self, modality: int, number: int) -> Any:
        table = self._tables[modality]
        state = CLEAN if number < len(table.labels) else SPOILT
        return table.features(number % len(table.labels), state)

    def _partners(self, numbers: torch.Tensor, source: torch.Generator) -> torch.Tensor:
        """Synthetic pairs drawn anew: other rows of the same label for all but the last."""
        if self.config.source.kind != 'pairs':
            return numbers
        result = numbers.clone()
        clips = self._clips['train']
        for m, name in enumerate(self.modalities[:-1]):
            labels = clips.tables[name].labels
            wanted = labels[numbers[:, m].numpy()]
            drawn = partners(wanted, labels, modes.evenly(source))
            result[:, m] = torch.from_numpy(drawn)
        return result
