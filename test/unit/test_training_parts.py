import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fer_ros.training import losses, sampling, schedules
from fer_ros.training.settings import LoopConfig


def test_cross_entropy_of_soft_targets_is_that_of_torch():
    logits, targets = torch.randn(7, 5), torch.softmax(torch.randn(7, 5), 1)
    assert torch.isclose(losses.cross_entropy(logits, targets), F.cross_entropy(logits, targets))


def test_smoothing_is_that_of_torch():
    logits, labels = torch.randn(9, 4), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 0])
    ours = losses.cross_entropy(logits, losses.smooth(F.one_hot(labels, 4).float(), 0.1))
    assert torch.isclose(ours, F.cross_entropy(logits, labels, label_smoothing=0.1))


def test_distillation_vanishes_where_the_student_answers_like_its_teacher():
    logits = torch.randn(6, 5)
    teacher = torch.softmax(logits / 3.0, 1)
    assert float(losses.distillation(logits, teacher, 3.0)) == pytest.approx(0, abs=1e-5)
    assert float(losses.distillation(-logits, teacher, 3.0)) > 0.1


def test_mixing_blends_inputs_and_targets_by_the_same_share():
    inputs = torch.eye(16).view(16, 1, 4, 4)
    targets = torch.eye(16)
    mixed, blended = losses.mix(inputs, targets, 0.4, torch.Generator().manual_seed(0))
    assert torch.allclose(mixed.flatten(1), blended)
    assert torch.allclose(blended.sum(1), torch.ones(16))
    assert (blended.diagonal() >= 0.5).all()
    assert (blended.diagonal() < 0.999).any()


def test_batches_hold_each_example_once_where_all_classes_weigh_the_same():
    weights = sampling.class_weights(torch.eye(4).repeat(16, 1), 0.7)
    batches = sampling.epoch_batches(weights, 8, sampling.generator_for(0, 3))
    assert sorted(torch.cat(batches).tolist()) == list(range(64))
    assert {len(batch) for batch in batches} == {8}


def test_an_epochs_batches_depend_on_seed_and_epoch_alone():
    weights = torch.ones(100)

    def batches(seed, epoch):
        return torch.cat(sampling.epoch_batches(weights, 10, sampling.generator_for(seed, epoch)))

    assert torch.equal(batches(1, 2), batches(1, 2))
    assert not torch.equal(batches(1, 2), batches(1, 3))
    assert not torch.equal(batches(1, 2), batches(2, 2))


def test_processes_share_an_epoch_without_overlap():
    weights = torch.ones(103)
    parts = [
        torch.cat(sampling.epoch_batches(weights, 10, sampling.generator_for(0, 0), rank, 2))
        for rank in range(2)
    ]
    assert len(parts[0]) == len(parts[1]) == 50
    assert not set(parts[0].tolist()) & set(parts[1].tolist())


def test_rare_classes_are_drawn_by_the_power_of_their_rarity():
    labels = torch.tensor([0] * 900 + [1] * 100)
    weights = sampling.class_weights(F.one_hot(labels, 2).float(), 0.5)
    assert float(weights.mean()) == pytest.approx(1.0)
    assert float(weights[-1] / weights[0]) == pytest.approx(3.0, rel=1e-4)
    drawn = torch.cat(sampling.epoch_batches(weights, 10, sampling.generator_for(0, 0)))
    assert np.mean(labels[drawn].numpy()) == pytest.approx(0.25, abs=0.02)


def rates(config, steps=4, losses_seen=None):
    """The learning rate of every step of a training of one weight."""
    weight = torch.nn.Linear(1, 1)
    optimiser = schedules.optimiser(weight, config)
    chosen = schedules.schedule(optimiser, config, steps)
    seen = []
    for epoch in range(config.epochs):
        for _ in range(steps):
            seen.append(optimiser.param_groups[0]['lr'])
            optimiser.step()
            for entry in chosen:
                if entry['interval'] == 'step':
                    entry['scheduler'].step()
        for entry in chosen:
            if entry['interval'] == 'epoch':
                entry['scheduler'].step(losses_seen[epoch])
    return seen


def test_cosine_rises_and_falls():
    seen = rates(LoopConfig(epochs=10, learning_rate=1.0, warmup_epochs=1.0))
    assert seen[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert seen[22] == pytest.approx(0.5 * (1 + math.cos(math.pi * 18 / 36)))
    assert seen[-1] < 0.01


def test_one_cycle_peaks_at_the_learning_rate():
    seen = rates(LoopConfig(epochs=10, learning_rate=0.3, schedule='one_cycle'))
    assert max(seen) == pytest.approx(0.3)
    assert seen[0] < 0.02
    assert seen[-1] < 1e-4


def test_plateau_divides_the_rate_and_keeps_it_low():
    config = LoopConfig(
        epochs=6, learning_rate=1.0, schedule='plateau', warmup_epochs=1.0, plateau_patience=2
    )
    seen = rates(config, losses_seen=[1.0] * 6)
    assert seen[4] == pytest.approx(1.0)
    assert seen[-1] == pytest.approx(0.1, rel=0.01)


def test_biases_and_norms_do_not_decay():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    decays = {
        tuple(p.shape): group['weight_decay']
        for group in schedules.optimiser(network, LoopConfig()).param_groups
        for p in group['params']
    }
    assert decays == {(2, 1, 3, 3): 5e-4, (2,): 0.0}
