"""The settings of the training loop, the same for every modality."""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros.config import setting


@dataclass(frozen=True)
class LoopConfig:
    """How a network is trained."""

    epochs: int = setting(40, 'Passes over the training data', ge=1, le=10000)
    batch: int = setting(128, 'Examples in a batch', ge=2, le=65536)
    precision: str = setting(
        'bf16-mixed',
        'Arithmetic of the network; bf16 doubles the speed on recent CPUs too',
        choices=('32-true', 'bf16-mixed', '16-mixed'),
    )

    optimiser: str = setting('sgd', 'Optimiser; sgd is Nesterov', choices=('sgd', 'adamw'))
    learning_rate: float = setting(0.1, 'Highest learning rate', ge=0.0, le=10.0)
    momentum: float = setting(0.9, 'Momentum of sgd', ge=0.0, le=0.999)
    weight_decay: float = setting(5e-4, 'L2 on weights, not on biases and norms', ge=0.0, le=1.0)
    clip_norm: float = setting(0.0, 'Largest norm of the gradient, 0 for any', ge=0.0)
    schedule: str = setting(
        'cosine', 'Course of the learning rate', choices=('cosine', 'one_cycle', 'plateau')
    )
    warmup_epochs: float = setting(
        2.0, 'Linear rise at the start (cosine, plateau)', unit='epochs', ge=0.0
    )
    patience: int = setting(
        0, 'Epochs without a better validation score until training stops, 0 for never', ge=0
    )
    plateau_patience: int = setting(
        5, 'Epochs without a lower validation loss until the rate is divided by 10', ge=1
    )
    choose_by: str = setting(
        'accuracy',
        'Validation score that chooses the checkpoint; balanced is the mean of accuracy and uar',
        choices=('accuracy', 'uar', 'balanced'),
    )

    label_smoothing: float = setting(0.0, 'Share of the target spread evenly', ge=0.0, le=0.5)
    mixup: float = setting(
        0.0, 'Both parameters of the beta distribution (Zhang 2018), 0 for none', ge=0.0, le=10.0
    )
    balance: float = setting(
        0.0,
        'Rare classes are drawn more often, by this power of their rarity; 1 draws all alike',
        ge=0.0,
        le=1.0,
    )
    logit_adjustment: float = setting(
        0.0, 'Times log prior added to the logits in training (Menon 2021)', ge=0.0, le=2.0
    )
    average: float = setting(
        0.998, 'Decay per step of the average of the weights, 0 for none', ge=0.0, le=0.99999
    )

    start: str = setting('', 'Model whose weights the network starts with; none if empty')
    teachers: tuple[str, ...] = setting((), 'Models whose mean answer is learned as well')
    distill_weight: float = setting(
        0.5, "The teachers' share of the loss (Hinton 2015)", ge=0.0, le=1.0
    )
    distill_temperature: float = setting(2.0, "Softens the teachers' answers", ge=0.1, le=20.0)
