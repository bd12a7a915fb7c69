"""Run a training: progress, checkpoints, resuming, early stopping, loggers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    ModelCheckpoint,
    Timer,
    TQDMProgressBar,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from fer_ros.training.checkpoints import WholeCheckpoints
from fer_ros.training.history import Row
from fer_ros.training.module import EXAMPLES, Training
from fer_ros.training.recorder import Recorder
from fer_ros.training.task import LoopTask
from fer_ros.training.teachers import Teachers

_SCORE = 'val/score'
_EXPECTED = (
    'Checkpoint directory .* exists',  # a training that goes on
    r'`isinstance\(treespec, LeafSpec\)`',  # Lightning's own use of PyTorch
)
"""Warnings that tell a user nothing."""


class CheckpointError(ValueError):
    """A file in a run's folder that is not a checkpoint of this training."""


@dataclass(frozen=True)
class Run:
    """Where and on what a training runs; nothing that changes its result."""

    folder: Path
    """Checkpoints and logs; a run that finds its own last checkpoint here continues it."""
    accelerator: str = 'auto'
    devices: str = 'auto'
    max_minutes: float | None = None
    """Stop after this time, to be continued later; None for no limit."""
    progress: bool = True


@dataclass(frozen=True)
class Fitted:
    """A training that ended or was stopped."""

    module: Training
    """With the weights of the best checkpoint."""
    history: Sequence[Row]
    """The metrics of each epoch."""
    finished: bool
    """False where the time limit stopped it."""
    leads: bool = True
    """Whether this process is the one of several that writes the result."""


def fit(task: LoopTask, seed: int, run: Run) -> Fitted:
    """Train a task's network, or continue; the best checkpoint by validation score is loaded.

    Raises CheckpointError where the run's folder holds another file in place of its last one, or
    that of a training on other examples.
    """
    names = task.config.loop.teachers
    module = Training(task, seed, Teachers(names, task) if names else None)
    recorder, limit = Recorder(), _TimeLimit(run.max_minutes)
    every: dict[str, Any] = {'save_on_train_epoch_end': True, 'enable_version_counter': False}
    best = ModelCheckpoint(run.folder, 'best', monitor=_SCORE, mode='max', **every)
    newest = ModelCheckpoint(run.folder, 'last', **every)  # saved after, so it knows the best
    trainer = _trainer(task, run, [recorder, limit, best, newest])
    last = run.folder / 'last.ckpt'
    start = last if last.is_file() else None
    if start is not None and _checkpoint(start).get(EXAMPLES, module.examples) != module.examples:
        raise CheckpointError(
            f'{run.folder} holds a training on other examples; give another --run, or remove it'
        )
    if run.progress and trainer.is_global_zero:
        print(f'training on {trainer.strategy.root_device}')
    with warnings.catch_warnings():
        for message in _EXPECTED:
            warnings.filterwarnings('ignore', message)
        trainer.fit(module, ckpt_path=start, weights_only=True)
    module.load_state_dict(_checkpoint(Path(best.best_model_path))['state_dict'])
    stopped = limit.is_over() and len(recorder.rows) < task.config.loop.epochs
    return Fitted(module, recorder.rows, not stopped, trainer.is_global_zero)


def _checkpoint(path: Path) -> dict[str, Any]:
    """The plain values and tensors of a checkpoint: one that would run code is refused."""
    try:
        content: dict[str, Any] = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # whatever is no checkpoint fails in PyTorch's reader or Python's
        reason = str(error).strip().partition('\n')[0]
        raise CheckpointError(
            f'{path} is no checkpoint of plain values and tensors, so it is not read: {reason}'
        ) from error
    return content


class _TimeLimit(Timer):
    """Stops after whole epochs only, and counts each start of a training from zero."""

    def __init__(self, minutes: float | None) -> None:
        limit = None if minutes is None else timedelta(minutes=minutes)
        super().__init__(limit, interval='epoch')

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        pass

    def is_over(self) -> bool:
        left = self.time_remaining()
        return left is not None and left <= 0


class _EarlyStopping(EarlyStopping):
    """Stays stopped when the training is started again."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


class _Progress(TQDMProgressBar):
    """The bar without the loggers' version, which is always the same here."""

    def get_metrics(self, *args: Any) -> dict[str, Any]:
        metrics: dict[str, Any] = super().get_metrics(*args)
        return {name: value for name, value in metrics.items() if name != 'v_num'}


def _log_name(folder: Path) -> str:
    """Where this start of a training logs: the logger empties the folder of an earlier one."""
    earlier = len([*folder.glob('csv*')])
    return f'csv_{earlier}' if earlier else 'csv'


def _trainer(task: LoopTask, run: Run, callbacks: list[Callback]) -> lightning.Trainer:
    logging.getLogger('lightning.pytorch').setLevel(logging.WARNING)  # it advertises
    config = task.config.loop
    if run.progress:
        callbacks = [*callbacks, _Progress()]
    if config.patience:
        callbacks = [*callbacks, _EarlyStopping(_SCORE, mode='max', patience=config.patience)]
    return lightning.Trainer(
        accelerator=run.accelerator,
        devices=run.devices,
        precision=config.precision,
        max_epochs=config.epochs,
        gradient_clip_val=config.clip_norm or None,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=[
            CSVLogger(run.folder, '', _log_name(run.folder)),
            TensorBoardLogger(run.folder, '', 'tensorboard'),
        ],
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # the batches are each process's own already
        reload_dataloaders_every_n_epochs=1,
        log_every_n_steps=1,  # of what is logged in steps, which nothing is
        enable_progress_bar=run.progress,
        enable_model_summary=False,
    )
