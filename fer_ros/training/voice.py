"""The task of reading expressions from voices, over one corpus of acted speech or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fer_ros import config as settings
from fer_ros import plugins
from fer_ros.audio import tensors
from fer_ros.audio.features import FeatureConfig
from fer_ros.audio.trimming import fit, trim
from fer_ros.config import Chosen, group, setting, slot
from fer_ros.data.audio_files import to_float
from fer_ros.data.speech_corpus import SPLITS, SpeechCorpus
from fer_ros.labels import canonical
from fer_ros.training.augment_voice import AugmentConfig, augment_levels, augment_samples
from fer_ros.training.settings import LoopConfig
from fer_ros.training.task import Split, TaskError, check_splits
from fer_ros.types import FloatArray

_BATCH = 64
_INFERRED = 1024
"""At once: as many as a GPU takes."""
_FULL_SCALE = 32768.0


@dataclass(frozen=True)
class CorporaConfig:
    """What is trained and measured on."""

    names: tuple[str, ...] = setting(('ravdess', 'nemo'), 'Data sets, joined by label')
    fold: int = setting(
        0, 'EmoBox fold of RAVDESS or session of IEMOCAP to test on; 0 for a fixed one', ge=0, le=6
    )
    speaker: str = setting('', 'Regular expression for the speakers of an audio_folder')
    repeats: tuple[int, ...] = setting(
        (1, 1), 'How often each of them is seen in an epoch', ge=1, le=100
    )
    validate_on: tuple[str, ...] = setting(
        (),
        'Speakers, as nemo:MP0, who choose the epoch and the temperature in place of those of '
        'their corpus, who are then trained on',
    )
    cache: str = setting('', 'Folder for decoded sound, empty for none')


class SpeakerError(ValueError):
    """A speaker named to validate who cannot."""


class VoiceTask:
    """Clips of speech corpora and the network of a voice backbone."""

    @dataclass(frozen=True)
    class Config:
        """Settings of a voice training."""

        summary: str = setting('', 'One line on the model, for its card')
        licence: str = setting('CC-BY-NC-SA-4.0', 'Licence of the weights')
        limits: tuple[str, ...] = setting((), 'What the model cannot do, for its card')
        corpora: CorporaConfig = group(CorporaConfig)
        backbone: Chosen = slot('audio_backbone', 'attentive_resnet', 'Architecture')
        input: FeatureConfig = group(FeatureConfig)
        augment: AugmentConfig = group(AugmentConfig)
        versions: int = setting(
            0,
            'Changed versions made of each clip before training, for machines without a GPU; '
            '0 changes the sound anew in every epoch',
            ge=0,
            le=1000,
        )
        loop: LoopConfig = group(LoopConfig)

    kind = 'audio_backbone'

    def __init__(self, config: Config, data: Path) -> None:
        self.config = config
        self._corpora = {name: _open(name, config.corpora, data) for name in config.corpora.names}
        named = {word.partition(':')[0] for word in config.corpora.validate_on}
        unknown = named - self._corpora.keys()
        if unknown:
            raise SpeakerError(
                f'corpora.validate_on has speakers of {", ".join(sorted(unknown))}, not '
                f'among corpora.names: {", ".join(self._corpora)}'
            )
        names = config.corpora.names
        check_splits(
            data, {one: sum(len(self._numbers(name, one)) for name in names) for one in SPLITS}
        )
        self.labels = _joined([corpus.labels for corpus in self._corpora.values()])

    def split(self, name: str) -> Split:
        """The clips of a split in windows, int16 (N, samples); 'train' may have versions instead.

        Versions are uint8 (N, versions, mel_bands + pitch_rows, frames), see augment().  A
        subset is named after each corpus and sex.
        """
        inputs, targets, members, sexes = [], [], [], []
        corpora = self.config.corpora
        for corpus_name, times in zip(corpora.names, corpora.repeats, strict=True):
            corpus = self._corpora[corpus_name]
            numbers = self._numbers(corpus_name, name)
            if not numbers:
                continue  # TESS, with two speakers, is only trained on
            windows = self._windows(corpus, numbers)
            raw = self._versions(windows) if name == 'train' and self.config.versions else windows
            target = torch.zeros(len(numbers), len(self.labels))
            target[:, _columns(corpus.labels, self.labels)] = torch.from_numpy(
                corpus.targets(numbers)
            )
            for _ in range(times if name == 'train' else 1):
                inputs.append(raw)
                targets.append(target)
                members += [corpus_name] * len(numbers)
                sexes += [corpus.clips[number].group for number in numbers]
        joined = torch.cat(targets)
        return Split(
            inputs=torch.cat(inputs),
            targets=joined,
            labels=joined.argmax(1),
            subsets={
                **{one: torch.tensor([one == m for m in members]) for one in corpora.names},
                'women': torch.tensor([sex == 'F' for sex in sexes]),
                'men': torch.tensor([sex == 'M' for sex in sexes]),
            },
        )

    def network(self, backbone: Chosen) -> torch.nn.Module:
        """A new network of an architecture."""
        cls = plugins.load(self.kind, backbone.plugin)
        network: torch.nn.Module = cls.network(
            backbone.config, self.config.input.rows, len(self.labels)
        )
        return network

    def prepare(self, inputs: torch.Tensor) -> torch.Tensor:
        """Windows int16 (N, samples) -> float32 (N, rows, frames)."""
        return tensors.prepare(inputs.float() / _FULL_SCALE, self.config.input)

    def augment(self, inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Windows or versions -> the same shape as prepare(), varied."""
        features, changes = self.config.input, self.config.augment
        if inputs.dtype == torch.int16:
            level = augment_samples(inputs.float() / _FULL_SCALE, features, changes, generator)
        else:
            count, versions = inputs.shape[:2]
            device = generator.device
            pick = torch.randint(versions, (count,), generator=generator, device=device)
            level = _unpacked(inputs[torch.arange(count, device=device), pick], features)
        level = augment_levels(level, features, changes, generator)
        return tensors.finish(level, features)

    def infer(self, backbone: Any, inputs: npt.NDArray[np.generic]) -> FloatArray:
        """Windows int16 (N, samples) -> logits (N, K) of the run-time backbone, own labels."""
        answers = []
        for start in range(0, len(inputs), _INFERRED):
            samples = inputs[start : start + _INFERRED].astype(np.float32) / np.float32(
                _FULL_SCALE
            )
            answers.append(backbone.infer_own_labels(samples)[1])
        result: FloatArray = np.concatenate(answers)
        return result

    def card(self) -> dict[str, Any]:
        """What the card says of kind, backbone, labels, input and licence."""
        chosen = self.config.backbone
        return {
            'summary': self.config.summary,
            'kind': self.kind,
            'backbone': {'plugin': chosen.plugin, **settings.dump(chosen.config)},
            'labels': list(self.labels),
            'input': settings.dump(self.config.input),
            'licence': self.config.licence,
            'limits': list(self.config.limits),
        }

    def _numbers(self, corpus_name: str, split: str) -> list[int]:
        corpus = self._corpora[corpus_name]
        sides = corpus.splits()
        named = [word.partition(':') for word in self.config.corpora.validate_on]
        validating = {speaker for name, _, speaker in named if name == corpus_name}
        if split == 'test' or not validating:
            return list(sides[split])
        numbers = sorted((*sides['train'], *sides['val']))
        subjects = {corpus.clips[number].subject for number in numbers}
        if not validating <= subjects:
            raise SpeakerError(
                f'corpora.validate_on: {", ".join(sorted(validating - subjects))} not among the '
                f'speakers of {corpus_name} who are not tested: {", ".join(sorted(subjects))}'
            )
        wanted = split == 'val'
        return [n for n in numbers if (corpus.clips[n].subject in validating) == wanted]

    def _windows(self, corpus: SpeechCorpus, numbers: Sequence[int]) -> torch.Tensor:
        features = self.config.input
        folder = self.config.corpora.cache
        cache = Path(folder).expanduser() if folder else None
        clips = corpus.load(numbers, features.rate_hz, cache)
        windows = np.zeros((len(clips), features.window_size), np.int16)
        for window, clip in zip(windows, clips, strict=True):
            speech = trim(to_float(clip), features.rate_hz)
            window[:] = np.rint(fit(speech, len(window)) * _FULL_SCALE).astype(np.int16)
        return torch.from_numpy(windows)

    def _versions(self, windows: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator().manual_seed(0)
        features, changes = self.config.input, self.config.augment
        rows = features.mel_bands + features.pitch_rows
        shape = (len(windows), self.config.versions, rows, features.frames)
        made = torch.empty(shape, dtype=torch.uint8)
        for start in range(0, len(windows), _BATCH):
            batch = windows[start : start + _BATCH].float() / _FULL_SCALE
            for version in range(self.config.versions):
                level = augment_samples(batch, features, changes, generator)
                made[start : start + _BATCH, version] = _packed(level, features)
        return made


def _packed(level: torch.Tensor, features: FeatureConfig) -> torch.Tensor:
    bands, heard = tensors.split(level, features)
    shares = torch.cat((bands / features.range_db + 1.0, heard), dim=1)
    return (shares * 255.0).round().to(torch.uint8)


def _unpacked(level: torch.Tensor, features: FeatureConfig) -> torch.Tensor:
    bands, heard = tensors.split(level.float() / 255.0, features)
    return torch.cat(((bands - 1.0) * features.range_db, heard), dim=1)


def _open(name: str, config: CorporaConfig, data: Path) -> SpeechCorpus:
    cls = plugins.load('dataset', name)
    own: dict[str, Any] = {'root': str(data)}
    declared = {field.name for field in fields(cls.Config)}
    own |= {key: getattr(config, key) for key in ('fold', 'speaker') if key in declared}
    corpus = cls(settings.parse(cls.Config, own))
    if not isinstance(corpus, SpeechCorpus):
        raise TaskError(f'{name}: {cls.__name__} is no SpeechCorpus, of which voices are trained')
    return corpus


def _joined(vocabularies: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The words of the first vocabulary, then those of others that mean something new."""
    joined = list(vocabularies[0])
    for words in vocabularies[1:]:
        meanings = {canonical(word) for word in joined}
        joined += [word for word in words if canonical(word) not in meanings]
    return tuple(joined)


def _columns(words: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Where a corpus's words stand among the labels, by word or else by meaning."""
    meanings = [canonical(label) for label in labels]
    return [
        labels.index(word) if word in labels else meanings.index(canonical(word)) for word in words
    ]
