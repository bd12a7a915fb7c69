import numpy as np
import pytest
import torch

from fer_ros.evaluation.metrics import calibration_error
from fer_ros.labels import softmax
from fer_ros.training.calibration import fit_temperature


@pytest.mark.parametrize('true_temperature', [0.4, 1.0, 3.0])
def test_finds_the_temperature_that_made_the_labels(true_temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20000, 6)).astype(np.float32)
    honest = softmax(logits / np.float32(true_temperature))
    labels = (honest.cumsum(1) < rng.random((len(logits), 1))).sum(1).clip(0, 5)
    assert fit_temperature(logits, labels) == pytest.approx(true_temperature, rel=0.06)
    assert calibration_error(honest, labels) < 0.02


def test_agrees_with_a_gradient_method():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (500, 4)).astype(np.float32)
    labels = np.where(rng.random(500) < 0.5, logits.argmax(1), rng.integers(0, 4, 500))
    log_temperature = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], max_iter=100)

    def closure():
        optimiser.zero_grad()
        scaled = torch.from_numpy(logits) / log_temperature.exp()
        loss = torch.nn.functional.cross_entropy(scaled, torch.from_numpy(labels))
        loss.backward()
        return loss

    optimiser.step(closure)
    expected = float(log_temperature.detach().exp())
    assert fit_temperature(logits, labels) == pytest.approx(expected, rel=1e-3)
