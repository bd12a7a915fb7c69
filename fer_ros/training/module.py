"""The Lightning module that trains any task's network.

The data stay on the device; a batch is a tensor of example numbers.  Everything random is drawn
from generators of (seed, epoch), so a run that was stopped continues to the same weights.
"""

from __future__ import annotations

import hashlib
from typing import Any

import lightning
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from fer_ros.evaluation import metrics
from fer_ros.training import losses, sampling, schedules
from fer_ros.training.start import load_weights
from fer_ros.training.task import LoopTask, Split
from fer_ros.training.teachers import Teachers

Batches = DataLoader[torch.Tensor]
EXAMPLES = 'examples'
"""Where a checkpoint has Training.examples."""


class Training(lightning.LightningModule):
    """A network in training, beside the average of its weights."""

    def __init__(self, task: LoopTask, seed: int, teachers: Teachers | None = None) -> None:
        super().__init__()
        self.task = task
        self.loop = task.config.loop
        self.seed = seed
        torch.manual_seed(seed)
        network: Any = task.network(task.config.backbone)
        if self.loop.start:
            load_weights(network, self.loop.start)
        self.network: torch.nn.Module = network.to(memory_format=torch.channels_last)
        decay = self.loop.average
        average_of: Any = get_ema_multi_avg_fn  # untyped
        self.average = AveragedModel(
            self.network, multi_avg_fn=average_of(decay), use_buffers=True
        )
        self.average.requires_grad_(False)
        self._teachers = teachers
        self._train, self._val = task.split('train'), task.split('val')
        self.examples = _digest(self._train, self._val)
        """Tells trainings on other data apart."""
        self._weights = sampling.class_weights(self._train.targets, self.loop.balance)
        self._log_prior = losses.log_prior(self._train.targets * self._weights[:, None])
        self._generator = sampling.generator_for(seed, 0)
        self._answers: list[torch.Tensor] = []
        self._losses: list[torch.Tensor] = []

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Note what was learned from."""
        checkpoint[EXAMPLES] = self.examples

    def on_fit_start(self) -> None:
        """Move the data to the device once."""
        self._train, self._val = _moved(self._train, self.device), _moved(self._val, self.device)
        self._log_prior = self._log_prior.to(self.device)
        if self._teachers is not None:
            self._teachers.to(self.device)

    def train_dataloader(self) -> Batches:
        """This epoch's batches for this process; asked for anew in every epoch."""
        batches = sampling.epoch_batches(
            self._weights,
            self.loop.batch,
            sampling.generator_for(self.seed, self.current_epoch),
            self.trainer.global_rank,
            self.trainer.world_size,
        )
        return DataLoader(batches, batch_size=None)  # type: ignore[arg-type]  # a list will do

    def val_dataloader(self) -> Batches:
        """Batches of every validation example; all processes measure all of them."""
        batches = torch.split(torch.arange(len(self._val.inputs)), 256)
        return DataLoader(batches, batch_size=None)  # type: ignore[arg-type]  # a tuple will do

    def on_train_epoch_start(self) -> None:
        """Draw everything that follows from this epoch's own randomness."""
        rank = self.trainer.global_rank
        self._generator = sampling.generator_for(self.seed, self.current_epoch, rank, self.device)
        self._losses.clear()

    def training_step(self, numbers: torch.Tensor, index: int) -> torch.Tensor:
        """The loss of a batch."""
        torch.manual_seed(self._generator.initial_seed() + index)  # dropout's, which others use
        inputs = self.task.augment(self._train.inputs[numbers], self._generator)
        targets = losses.smooth(self._train.targets[numbers], self.loop.label_smoothing)
        if self.loop.mixup > 0:
            inputs, targets = losses.mix(inputs, targets, self.loop.mixup, self._generator)
        _, logits = self.network(inputs)
        logits = logits.float() + self.loop.logit_adjustment * self._log_prior
        loss = losses.cross_entropy(logits, targets)
        if self._teachers is not None:
            temperature, share = self.loop.distill_temperature, self.loop.distill_weight
            softened = self._teachers.softened(inputs, temperature)
            taught = losses.distillation(logits, softened, temperature)
            loss = (1 - share) * loss + share * taught
        self.log('train/loss', loss, on_step=False, on_epoch=True, prog_bar=True)
        self._losses.append(loss.detach())
        return loss

    def epoch_loss(self) -> float:
        """Mean training loss of this epoch; the logged one is off in the first one resumed."""
        return float(torch.stack(self._losses).mean())

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Update the average of the weights."""
        if self.loop.average > 0:
            self.average.update_parameters(self.network)

    def validation_step(self, numbers: torch.Tensor, _index: int) -> None:
        """Keep the answers of a batch."""
        inputs = self.task.prepare(self._val.inputs[numbers])
        self._answers.append(self.trained_network()(inputs)[1].float().cpu())

    def on_validation_epoch_end(self) -> None:
        """Measure all answers of the epoch."""
        logits = torch.cat(self._answers)
        self._answers.clear()
        labels = self._val.labels.cpu()
        known = labels >= 0
        probabilities = torch.softmax(logits[known], 1).numpy()
        matrix = metrics.confusion(probabilities, labels[known].numpy())
        accuracy, uar = metrics.accuracy(matrix), metrics.uar(matrix)
        scores = {'accuracy': accuracy, 'uar': uar, 'balanced': (accuracy + uar) / 2}
        self.log('val/loss', losses.cross_entropy(logits, self._val.targets.cpu()))
        self.log('val/accuracy', accuracy, prog_bar=True)
        self.log('val/uar', uar, prog_bar=True)
        self.log('val/score', scores[self.loop.choose_by])

    def configure_optimizers(self) -> Any:
        """The optimiser and its schedules, in Lightning's form."""
        optimiser = schedules.optimiser(self.network, self.loop)
        steps = len(self.train_dataloader())
        return [optimiser], schedules.schedule(optimiser, self.loop, steps)

    def trained_network(self) -> torch.nn.Module:
        """What is measured and saved: the average where there is one."""
        averaged: torch.nn.Module = self.average.module
        return averaged if self.loop.average > 0 else self.network


def _moved(split: Split, device: torch.device) -> Split:
    return Split(
        split.inputs.to(device), split.targets.to(device), split.labels.to(device), split.subsets
    )


def _digest(train: Split, val: Split) -> str:
    """Of all labels and of the validation inputs, which nothing has changed at random yet."""
    digest = hashlib.sha256()
    for values in (train.targets, train.labels, val.targets, val.labels, val.inputs):
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()
