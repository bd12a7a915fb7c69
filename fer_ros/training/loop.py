"""Run a training: progress, checkpoints, resuming, early stopping, loggers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, Timer
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from fer_ros.training.history import Row
from fer_ros.training.module import Training
from fer_ros.training.recorder import Recorder
from fer_ros.training.task import Task
from fer_ros.training.teachers import Teachers

_SCORE = 'val/score'


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


def fit(task: Task, seed: int, run: Run) -> Fitted:
    """Train a task's network, or continue; the best checkpoint by validation score is loaded."""
    names = task.config.loop.teachers
    module = Training(task, seed, Teachers(names, task) if names else None)
    recorder = Recorder()
    checkpoint = ModelCheckpoint(
        run.folder,
        filename='best',
        monitor=_SCORE,
        mode='max',
        save_last=True,
        save_on_train_epoch_end=True,
    )
    trainer = _trainer(task, run, [recorder, checkpoint])
    last = run.folder / 'last.ckpt'
    trainer.fit(module, ckpt_path=last if last.is_file() else None)
    best = torch.load(checkpoint.best_model_path, map_location='cpu', weights_only=False)
    module.load_state_dict(best['state_dict'])
    return Fitted(module, recorder.rows, not _out_of_time(trainer))


def _out_of_time(trainer: lightning.Trainer) -> bool:
    timers = [c for c in trainer.callbacks if isinstance(c, Timer)]  # type: ignore[attr-defined]
    return any((left := timer.time_remaining()) is not None and left <= 0 for timer in timers)


def _trainer(task: Task, run: Run, callbacks: list[Callback]) -> lightning.Trainer:
    config = task.config.loop
    if config.patience:
        callbacks = [*callbacks, EarlyStopping(_SCORE, mode='max', patience=config.patience)]
    limit: Any = None if run.max_minutes is None else timedelta(minutes=run.max_minutes)
    return lightning.Trainer(
        accelerator=run.accelerator,
        devices=run.devices,
        precision=config.precision,
        max_epochs=config.epochs,
        max_time=limit,
        gradient_clip_val=config.clip_norm or None,
        callbacks=callbacks,
        logger=[
            CSVLogger(run.folder, '', 'csv'),
            TensorBoardLogger(run.folder, '', 'tensorboard'),
        ],
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # the batches are each process's own already
        reload_dataloaders_every_n_epochs=1,
        log_every_n_steps=50,
        enable_progress_bar=run.progress,
        enable_model_summary=False,
    )
