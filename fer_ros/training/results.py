"""The numbers in a model's card, made with the backbone that runs on the robot."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros.evaluation import classifier, metrics
from fer_ros.evaluation.metrics import Matrix
from fer_ros.labels import softmax
from fer_ros.training.task import ModelTask, Split

PROTOCOL = (
    'checkpoint and temperature chosen on val, measured once on test, no test-time augmentation; '
    '95 % intervals by bootstrap of the examples'
)


def measure(task: ModelTask, backbone: Any, temperature: float) -> dict[str, Any]:
    """The report of every split that is measured, and of its subsets."""
    found: dict[str, Any] = {'protocol': PROTOCOL}
    for name in ('val', 'test'):
        split = task.split(name)
        logits = task.infer(backbone, split.inputs.numpy())
        for part, chosen in _parts(name, split).items():
            labels = split.labels.numpy()[chosen]
            found[part] = classifier.report(logits[chosen], labels, task.labels, temperature)
    return found


def test_confusion(task: ModelTask, backbone: Any) -> Matrix:
    """The confusion matrix (K, K) on all of the test split."""
    split = task.split('test')
    known = split.labels.numpy() >= 0
    logits = task.infer(backbone, split.inputs.numpy()[known])
    return metrics.confusion(softmax(logits), split.labels.numpy()[known])


def _parts(name: str, split: Split) -> dict[str, npt.NDArray[np.bool_]]:
    known = split.labels.numpy() >= 0
    subsets = {f'{name}_{key}': known & mask.numpy() for key, mask in split.subsets.items()}
    return {name: known, **{part: mask for part, mask in subsets.items() if mask.any()}}
