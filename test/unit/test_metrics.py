import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torchmetrics.functional.classification import multiclass_calibration_error

from fer_ros.evaluation import classifier, metrics


@pytest.fixture
def answers():
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.full(5, 0.4), 400).astype(np.float32).clip(1e-5)
    probabilities /= probabilities.sum(1, keepdims=True)
    labels = np.where(rng.random(400) < 0.6, probabilities.argmax(1), rng.integers(0, 5, 400))
    return probabilities, labels


def test_counts_and_scores_are_those_of_scikit_learn(answers):
    probabilities, labels = answers
    chosen = probabilities.argmax(1)
    matrix = metrics.confusion(probabilities, labels)
    assert (matrix == reference.confusion_matrix(labels, chosen)).all()
    assert metrics.accuracy(matrix) == pytest.approx(reference.accuracy_score(labels, chosen))
    assert metrics.uar(matrix) == pytest.approx(reference.balanced_accuracy_score(labels, chosen))
    assert metrics.macro_f1(matrix) == pytest.approx(
        reference.f1_score(labels, chosen, average='macro')
    )
    assert metrics.negative_log_likelihood(probabilities, labels) == pytest.approx(
        reference.log_loss(labels, probabilities), rel=1e-4
    )


def test_calibration_error_is_that_of_torchmetrics(answers):
    probabilities, labels = answers
    expected = multiclass_calibration_error(
        torch.from_numpy(probabilities), torch.from_numpy(labels), num_classes=5, n_bins=15
    )
    assert metrics.calibration_error(probabilities, labels) == pytest.approx(
        float(expected), abs=1e-4
    )


def test_a_class_that_nobody_has_does_not_count():
    probabilities = np.eye(3)[[0, 1, 0]]
    matrix = metrics.confusion(probabilities, np.array([0, 1, 1]))
    assert np.isnan(metrics.recalls(matrix)[2])
    assert metrics.uar(matrix) == pytest.approx(0.75)
    assert metrics.macro_f1(matrix) == pytest.approx(2 / 3)


def test_no_examples_give_no_accuracy():
    matrix = metrics.confusion(np.zeros((0, 3)), np.zeros(0, np.int64))
    assert np.isnan(metrics.accuracy(matrix))
    assert np.isnan(metrics.uar(matrix))


def test_bootstrap_interval_is_that_of_the_binomial(answers):
    probabilities, labels = answers
    share = metrics.accuracy(metrics.confusion(probabilities, labels))
    low, high = metrics.bootstrap_interval(
        metrics.accuracy, probabilities, labels, np.random.default_rng(0), draws=4000
    )
    reach = 1.96 * np.sqrt(share * (1 - share) / len(labels))
    assert low == pytest.approx(share - reach, abs=0.01)
    assert high == pytest.approx(share + reach, abs=0.01)


def test_a_report_takes_the_temperature_back_and_comes_out_the_same_again(answers):
    probabilities, labels = answers
    logits = np.log(probabilities)
    report = classifier.report(logits / np.float32(2.0), labels, list('abcde'), temperature=2.0)
    assert report['calibration_error_before_scaling'] == pytest.approx(
        metrics.calibration_error(probabilities, labels), abs=1e-3
    )
    assert list(report['recalls']) == list('abcde')
    assert report == classifier.report(
        logits / np.float32(2.0), labels, list('abcde'), temperature=2.0
    )
