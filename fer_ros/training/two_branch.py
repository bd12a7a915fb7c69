"""The task of training both branches and their fusion end to end, on synthetic pairs.

It begins with saved models of face and voice, and trains on the examples those were trained on,
paired by label anew in every epoch.  The result is three model folders: the fusion, and beside it
the two branches, fine-tuned.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fer_ros import cards, golden, models, yaml_files
from fer_ros import config as settings
from fer_ros.config import ConfigError, group, setting
from fer_ros.evaluation import metrics
from fer_ros.evaluation.fusion_tables import partners
from fer_ros.fusion import nets
from fer_ros.fusion.nets_base import NetConfig
from fer_ros.labels import LABELS, index_of
from fer_ros.training import modes
from fer_ros.training.export import save_weights
from fer_ros.training.graph import graph_of_trained
from fer_ros.training.loop import Fitted
from fer_ros.training.nets_two_branch import TwoBranch
from fer_ros.training.settings import LoopConfig
from fer_ros.training.start import load_weights
from fer_ros.training.task import ModelTask, Split, load_task
from fer_ros.types import FACE, VOICE, Modality

_BATCH = 128
_PARTS = ('train', 'val', 'test')


class TwoBranchTask:
    """Raw pictures and sounds in pairs, and a network on both.

    An input (M,) holds the number of an example of each modality, -1 where it is not there.
    """

    @dataclass(frozen=True)
    class Config:
        """Settings of a training from end to end."""

        summary: str = setting('', 'One line on the models, for their cards')
        licence: str = setting('CC-BY-NC-SA-4.0', 'Licence of the weights')
        limits: tuple[str, ...] = setting((), 'What the models cannot do, for their cards')
        face_model: str = setting('face_ferplus', 'Model that the face branch begins with')
        voice_model: str = setting('voice_ravdess_nemo', 'Model that the voice branch begins with')
        branch_rate: float = setting(
            0.1, "The branches' learning rate, as a share of the fusion's", ge=0.0, le=1.0
        )
        backbone: NetConfig = group(NetConfig)
        seen: str = setting(
            modes.MIXED, "Modalities in training: 'all', 'mixed', or the name of one alone"
        )
        missing: float = setting(
            0.5, 'Share of the examples that lack modalities, with mixed', ge=0.0, le=1.0
        )
        loop: LoopConfig = group(LoopConfig)

        def __post_init__(self) -> None:
            if self.loop.optimiser != 'sgd' or self.backbone.steps != 1:
                raise ConfigError(
                    'a training of both branches needs loop.optimiser sgd and backbone.steps 1'
                )

    kind = 'fusion'

    def __init__(self, config: Config, data: Path) -> None:
        self.config = config
        names = {FACE: config.face_model, VOICE: config.voice_model}
        self._cards = {modality: cards.find(name) for modality, name in names.items()}
        self.modalities = tuple(sorted(names))
        modes.check_seen(config.seen, self.modalities)
        self._tasks = {name: _branch_task(self._cards[name], data) for name in self.modalities}
        self._raw: dict[Modality, torch.Tensor] = {}
        self._labels: dict[Modality, torch.Tensor] = {}
        self._parts: dict[str, dict[Modality, torch.Tensor]] = {part: {} for part in _PARTS}
        for name, task in self._tasks.items():
            self._read(name, task)
        train = [self._labels[name][self._parts['train'][name]] for name in self.modalities]
        self._columns = sorted(set.intersection(*(set(one.tolist()) for one in train)) - {-1})
        self.labels = tuple(LABELS[column] for column in self._columns)

    def split(self, name: str) -> Split:
        """Pairs: each example of the last modality, with partners of its label."""
        last = self.modalities[-1]
        numbers = self._parts[name][last]
        numbers = numbers[torch.isin(self._labels[last][numbers], torch.tensor(self._columns))]
        wanted = self._labels[last][numbers]
        pairs = numbers[:, None].repeat(1, len(self.modalities))
        labels = torch.searchsorted(torch.tensor(self._columns), wanted)
        return Split(
            inputs=self._partnered(pairs, name, torch.Generator().manual_seed(0)),
            targets=torch.nn.functional.one_hot(labels, len(self.labels)).float(),
            labels=labels,
        )

    def network(self, backbone: Any) -> torch.nn.Module:
        """Both branches with their saved weights, and a new fusion."""
        branches, sizes = {}, {}
        for name, task in self._tasks.items():
            network: Any = task.network(task.config.backbone)
            load_weights(network, str(self._cards[name].folder.resolve()))
            branches[name] = network
            with torch.inference_mode():
                sizes[name] = network.eval()(task.prepare(self._raw[name][:2]))[0].shape[1]
        return TwoBranch(
            branches,
            {name: task.labels for name, task in self._tasks.items()},
            {name: card.temperature for name, card in self._cards.items()},
            nets.build(sizes, self._columns, backbone),
            self.config.branch_rate,
        )

    def prepare(self, inputs: torch.Tensor) -> Any:
        """Numbers (N, M) -> a prepared batch of each modality, and which are there (N, M)."""
        here = (inputs >= 0).float()
        return [self._tasks[name].prepare(raw) for name, raw in self._of(inputs)], here

    def augment(self, inputs: torch.Tensor, generator: torch.Generator) -> Any:
        """As prepare(), varied, with other partners, and with modalities missing."""
        source = modes.cpu_generator(generator)
        numbers = self._partnered(inputs.cpu(), 'train', source).to(inputs.device)
        seen, missing = self.config.seen, self.config.missing
        here = modes.kept(seen, missing, self.modalities, len(inputs), source)
        batches = [self._tasks[name].augment(raw, generator) for name, raw in self._of(numbers)]
        return batches, here.float().to(inputs.device)

    def export(self, fitted: Fitted, out: Path, how: Mapping[str, Any]) -> None:
        """Write the fusion into ``out``, and each branch beside it as ``<out>_<modality>``."""
        network: Any = fitted.module.trained_network()
        network.eval()
        told = {}
        for number, name in enumerate(self.modalities):
            card = self._export_branch(name, network.branches[name], out, how)
            size = network.fusion.sizes[number]
            told[name] = {'model': card.name, 'sha256': card.sha256, 'size': size}
        content = {
            'schema': cards.SCHEMA,
            'summary': self.config.summary,
            'kind': self.kind,
            'backbone': settings.dump(self.config.backbone),
            'labels': list(self.labels),
            'input': {'modalities': told},
            'licence': self.config.licence,
            'results': self._results(network),
            'limits': list(self.config.limits),
        }
        _write(out, self.kind, content, network.fusion, self._training(how))

    def _export_branch(
        self, name: Modality, network: torch.nn.Module, out: Path, how: Mapping[str, Any]
    ) -> cards.Card:
        card = self._cards[name]
        content = yaml_files.read(card.folder / cards.CARD)
        content['summary'] = f'{card.name}, trained further together with a fusion.'
        content.pop('results', None)
        folder = out.with_name(f'{out.name}_{name}')
        return _write(folder, card.kind, content, network, self._training(how))

    def _training(self, how: Mapping[str, Any]) -> dict[str, Any]:
        return {**how, 'config': settings.dump(self.config)}

    def _results(self, network: torch.nn.Module) -> dict[str, Any]:
        """Accuracy and UAR on the test pairs, together and of each modality alone."""
        split = self.split('test')
        found = {}
        for mode in (modes.ALL, *self.modalities):
            inputs = split.inputs.clone()
            for number, name in enumerate(self.modalities):
                if mode not in (modes.ALL, name):
                    inputs[:, number] = -1
            with torch.inference_mode():
                rows = [network(self.prepare(part))[1] for part in torch.split(inputs, _BATCH)]
            matrix = metrics.confusion(torch.cat(rows).softmax(1).numpy(), split.labels.numpy())
            scores = {'accuracy': metrics.accuracy(matrix), 'uar': metrics.uar(matrix)}
            found[f'test_{mode}'] = {key: round(value, 4) for key, value in scores.items()}
        return found

    def _read(self, name: Modality, task: ModelTask) -> None:
        splits = {part: task.split(part) for part in _PARTS}
        places = torch.tensor([*(index_of(word) for word in task.labels), -1])
        start = 0
        for part, one in splits.items():
            self._parts[part][name] = torch.arange(start, start + len(one.labels))
            start += len(one.labels)
        self._raw[name] = torch.cat([one.inputs for one in splits.values()])
        self._labels[name] = places[torch.cat([one.labels for one in splits.values()])]

    def _of(self, numbers: torch.Tensor) -> list[tuple[Modality, torch.Tensor]]:
        """The raw inputs of each modality; any where one is not there."""
        rows = numbers.cpu().clamp_min(0)
        return [
            (name, self._raw[name][rows[:, m]].to(numbers.device))
            for m, name in enumerate(self.modalities)
        ]

    def _partnered(self, pairs: torch.Tensor, part: str, source: torch.Generator) -> torch.Tensor:
        """The pairs with a random partner of the label of the last for every other modality."""
        result = pairs.clone()
        wanted = self._labels[self.modalities[-1]][pairs[:, -1]].numpy()
        for m, name in enumerate(self.modalities[:-1]):
            candidates = self._parts[part][name]
            labels = self._labels[name][candidates].numpy()
            drawn = partners(wanted, labels, modes.evenly(source))
            result[:, m] = candidates[torch.from_numpy(drawn)]
        return result


def _branch_task(card: cards.Card, data: Path) -> Any:
    """The task that a model was trained by, which has its data and its preparation."""
    told = card.about.get('training', {})
    if 'task' not in told or 'config' not in told:
        raise ConfigError(f'{card.name}: the card does not say how the model was trained')
    cls = load_task(told['task'])
    config = settings.parse(cls.Config, told['config'], card.name)
    if hasattr(config, 'versions'):
        config = dataclasses.replace(config, versions=0)  # sound itself, to be varied anew
    return cls(config, data)


def _write(
    folder: Path,
    kind: str,
    content: dict[str, Any],
    network: torch.nn.Module,
    training: Mapping[str, Any],
) -> cards.Card:
    """A model folder with the weights of a network, and its golden answer."""
    folder.mkdir(parents=True, exist_ok=True)
    content['weights'] = save_weights(network, folder)
    content['training'] = dict(training)
    card = cards.write(folder, content)
    if kind != 'fusion':
        content |= graph_of_trained(card)
        card = cards.write(folder, content)
    golden.write(folder, kind, models.load_backbone(kind, str(folder.resolve()), 'cpu'))
    return card
