"""Keeps the course of a training in its checkpoint, so that it survives being stopped."""

from __future__ import annotations

from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from fer_ros.training.history import COLUMNS, Row
from fer_ros.training.module import Training


class Recorder(Callback):
    """One row of metrics for each epoch."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row."""
        assert isinstance(pl_module, Training)
        seen = trainer.callback_metrics
        values = {name: float(seen[name]) for name in COLUMNS if name in seen}
        own = {'epoch': trainer.current_epoch, 'train/loss': pl_module.epoch_loss()}
        self.rows.append({**values, **own})

    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint keeps."""
        return {'rows': [dict(row) for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue the rows of a checkpoint."""
        self.rows = list(state_dict['rows'])
