"""How many examples a second a training and an offline inference get through.

The data are made up, since how fast it is does not depend on what is in them, and lie on the
device as in a real training; augmentation, optimiser, precision and the loop are the real ones.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback

from fer_ros import cards
from fer_ros.face.crops import parse_input
from fer_ros.models import load_backbone
from fer_ros.resources import share_file
from fer_ros.torch_backbone import choose_device
from fer_ros.training.face import FaceTask
from fer_ros.training.module import Training
from fer_ros.training.reading import read_config
from fer_ros.training.task import Split
from fer_ros.training.voice import VoiceTask

_WARM_UP = 3
"""Batches before anything is counted."""
_BATCHES = 8
"""Of made-up data, again and again."""


@dataclass(frozen=True)
class Rate:
    """How fast something went."""

    examples_per_s: float
    batch: int
    batches: int
    """Counted ones."""


class _Faces(FaceTask):
    """The face training of a model on noise."""

    def __init__(self, config: FaceTask.Config, card: cards.Card, count: int) -> None:
        # there is no data set to be opened, so what it would tell comes from the card
        self.config = config
        self.labels = card.labels
        self._input = parse_input(card.input)
        self._count = count

    def split(self, name: str) -> Split:
        """Noise."""
        size, channels = self._input.size, self._input.channels
        shape = (self._count, size, size, 3)[: 3 if channels == 1 else 4]
        return _noise(torch.randint(256, shape, dtype=torch.uint8), len(self.labels))


class _Voices(VoiceTask):
    """The voice training of a model on noise, which is changed anew in each step."""

    def __init__(self, config: VoiceTask.Config, card: cards.Card, count: int) -> None:
        self.config = replace(config, versions=0)
        self.labels = card.labels
        self._count = count

    def split(self, name: str) -> Split:
        """Noise."""
        shape = (self._count, self.config.input.window_size)
        return _noise(torch.randint(-8000, 8000, shape, dtype=torch.int16), len(self.labels))


def _noise(inputs: torch.Tensor, classes: int) -> Split:
    labels = torch.randint(classes, (len(inputs),))
    return Split(inputs, torch.nn.functional.one_hot(labels, classes).float(), labels)


TASKS: dict[str, tuple[str, Any]] = {
    'face': ('face_backbone', _Faces),
    'voice': ('audio_backbone', _Voices),
}
"""By modality: the kind of its models, and the task on made-up data."""


def training_rate(
    name: str, model: str, device: str, precision: str, batch: int, seconds: float
) -> Rate:
    """Of the network of a model, in one process, without teachers and checkpoints.

    ``name`` is one of TASKS, ``device`` 'auto', 'cpu', 'cuda' or 'cuda:N', ``precision`` one of
    LoopConfig's.
    """
    cls = TASKS[name][1]
    card = cards.find(model)
    settings = read_config(cls.Config, share_file(f'config/train/{model}.yaml'))
    own = {'batch': batch, 'precision': precision, 'start': '', 'teachers': ()}
    settings = replace(settings, loop=replace(settings.loop, **own))
    task = cls(settings, card, batch * _BATCHES)
    clock = _Clock(seconds)
    place = choose_device(device)
    logging.getLogger('lightning.pytorch').setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # advice on workers and on logging, which nobody needs
        trainer = lightning.Trainer(
            accelerator='gpu' if place.type == 'cuda' else 'cpu',
            devices=[place.index or 0] if place.type == 'cuda' else 1,
            precision=precision,  # type: ignore[arg-type]  # one of the names it knows
            max_epochs=-1,
            limit_val_batches=0,
            num_sanity_val_steps=0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[clock],
        )
        trainer.fit(Training(task, 0))
    return Rate(batch * clock.batches / clock.spent_s, batch, clock.batches)


class _Clock(Callback):
    """Counts batches after the warm-up and stops the training after a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen = 0
        self._begin_s = 0.0
        self.batches = 0
        self.spent_s = 0.0

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """After each step."""
        self._seen += 1
        if self._seen < _WARM_UP:
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now_s = time.perf_counter()
        if self._seen == _WARM_UP:
            self._begin_s = now_s
            return
        self.batches += 1
        self.spent_s = now_s - self._begin_s
        trainer.should_stop = self.spent_s >= self._seconds


def inference_rate(name: str, model: str, device: str, batch: int, seconds: float) -> Rate:
    """Of the backbone of a model on batches, as offline evaluation calls it; features included.

    ``name`` is one of TASKS.
    """
    backbone = load_backbone(TASKS[name][0], model, device)
    noise = np.random.default_rng(0)
    if name == 'face':
        size = backbone.crop_size
        inputs: Any = noise.integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    else:
        length = round(backbone.rate_hz * backbone.window_s)
        inputs = noise.uniform(-0.5, 0.5, (batch, length)).astype(np.float32)
    return _repeated(lambda: backbone.infer(inputs), batch, seconds)


def _repeated(work: Callable[[], Any], batch: int, seconds: float) -> Rate:
    for _ in range(_WARM_UP):
        work()
    begin_s, batches = time.perf_counter(), 0
    while (spent_s := time.perf_counter() - begin_s) < seconds or not batches:
        work()
        batches += 1
    return Rate(batch * batches / spent_s, batch, batches)
