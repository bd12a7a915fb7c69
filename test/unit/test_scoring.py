import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torchmetrics.functional import concordance_corrcoef

from fer_ros.evaluation import metrics
from fer_ros.evaluation.assembly import assemble, drawn_as
from fer_ros.evaluation.comparison import compare
from fer_ros.evaluation.results import FUSED
from fer_ros.evaluation.scoring import score, score_units
from fer_ros.evaluation.tally import StretchTally
from fer_ros.labels import LABELS
from fer_ros.types import NS_PER_S, Estimate

CLASSES = 5
"""Of the eight labels, so that some never occur."""


def estimate(answer, confidence=0.6):
    probabilities = np.full(len(LABELS), (1 - confidence) / (len(LABELS) - 1), np.float32)
    probabilities[answer] = confidence
    return Estimate(0, LABELS[answer], probabilities, {'face': 1.0})


def stretch(truth, answers, confidences=None, group=None, modality=FUSED):
    """A labelled stretch in which these answers were given."""
    tally = StretchTally(LABELS[truth], group, watched_ns=NS_PER_S)
    for place, answer in enumerate(answers):
        sure = 0.6 if confidences is None else confidences[place]
        tally.of(modality).add(estimate(answer, sure), LABELS[truth])
    return tally


def many(seed, right=0.6, stretches=40, answers=25):
    """Stretches of a classifier that is right so often, with the answers one by one."""
    rng = np.random.default_rng(seed)
    found, truths, said, sure = [], [], [], []
    for _ in range(stretches):
        truth = int(rng.integers(CLASSES))
        is_right = rng.random(answers) < right
        given = np.where(is_right, truth, rng.integers(0, CLASSES, answers))
        confidence = rng.uniform(0.3, 0.99, answers)
        found.append(stretch(truth, given.tolist(), confidence.tolist()))
        truths += [truth] * answers
        said += given.tolist()
        sure += confidence.tolist()
    return found, np.array(truths), np.array(said), np.array(sure)


def test_scores_are_those_of_scikit_learn():
    stretches, truths, said, _ = many(1)
    scores = score(stretches, FUSED)
    precision, recall, f1, support = reference.precision_recall_fscore_support(
        truths, said, labels=range(CLASSES)
    )
    assert scores.accuracy == pytest.approx(reference.accuracy_score(truths, said), abs=1e-4)
    assert scores.uar == pytest.approx(reference.balanced_accuracy_score(truths, said), abs=1e-4)
    assert scores.macro_f1 == pytest.approx(f1.mean(), abs=1e-4)
    for place in range(CLASSES):
        label = scores.classes[LABELS[place]]
        assert label.support == support[place]
        assert label.precision == pytest.approx(precision[place], abs=1e-4)
        assert label.recall == pytest.approx(recall[place], abs=1e-4)
        assert label.f1 == pytest.approx(f1[place], abs=1e-4)
    never = scores.classes[LABELS[CLASSES]]
    assert (never.support, never.precision, never.recall, never.f1) == (0, None, None, None)
    assert np.array(scores.confusion).sum() == len(truths) == scores.estimates


def test_the_reliability_diagram_says_what_its_error_says():
    stretches, truths, said, sure = many(2)
    scores = score(stretches, FUSED)
    filled = [each for each in scores.reliability if each.estimates]
    error = sum(each.estimates * abs(each.confidence - each.accuracy) for each in filled)
    assert scores.calibration_error == pytest.approx(error / len(truths), abs=1e-3)
    assert sum(each.estimates for each in filled) == len(truths)
    in_bin = (sure >= filled[3].low) & (sure < filled[3].high)
    assert filled[3].accuracy == pytest.approx((truths == said)[in_bin].mean(), abs=1e-3)
    assert filled[3].confidence == pytest.approx(sure[in_bin].mean(), abs=1e-3)


def test_agreement_is_that_of_torchmetrics():
    rng = np.random.default_rng(0)
    truth = rng.uniform(-1, 1, 200)
    estimates = 0.6 * truth + rng.normal(0, 0.2, 200)
    moments = sum(metrics.agreement(x, y) for x, y in zip(truth, estimates, strict=True))
    expected = concordance_corrcoef(torch.from_numpy(estimates), torch.from_numpy(truth))
    assert metrics.concordance(moments) == pytest.approx(float(expected), abs=0.01)
    rmse = reference.root_mean_squared_error(truth, estimates)
    assert metrics.root_mean_square_error(moments) == pytest.approx(rmse)


def test_agreement_of_nothing_and_of_constants_is_not_defined():
    assert np.isnan(metrics.concordance(np.zeros(6)))
    assert np.isnan(metrics.root_mean_square_error(np.zeros(6)))
    assert np.isnan(metrics.concordance(2 * metrics.agreement(0.3, 0.3)))


def test_intervals_hold_the_value_and_shrink_with_more_recordings():
    def width(stretches):
        scores = score_units([[each] for each in stretches], FUSED)
        low, high = scores.intervals['accuracy']
        assert low < scores.accuracy < high
        assert set(scores.intervals) == {'accuracy', 'uar', 'macro_f1'}
        return high - low

    assert width(many(3, stretches=160)[0]) < 0.7 * width(many(3, stretches=40)[0])


def test_answers_of_one_stretch_are_no_independent_evidence():
    """A hundred alike frames say no more than one: the interval follows the stretches."""
    few = [[stretch(place % 2, [0])] for place in range(20)]
    long = [[stretch(place % 2, [0] * 100)] for place in range(20)]
    first, second = (score_units(units, FUSED).intervals['accuracy'] for units in (few, long))
    assert first == second


def test_one_stretch_has_no_interval():
    assert score_units([[stretch(0, [0, 1])]], FUSED).intervals == {}


def test_recordings_are_drawn_where_there_are_enough():
    assert drawn_as([[stretch(0, [0])]] * 9) == 'segments'
    assert drawn_as([[stretch(0, [0])]] * 10) == 'recordings'
    assert drawn_as([[StretchTally(None, None)]] * 10) is None


def test_a_modality_that_is_silent_in_a_stretch_is_absent_there():
    voiced = stretch(0, [0], modality='voice')
    voiced.of('voice').present_ns = NS_PER_S
    scores = score([voiced, stretch(1, [1])], 'voice')
    assert scores.absent == 0.5
    assert scores.first_correct.segments == 2


def test_groups_have_scores_of_their_own():
    units = [
        [stretch(0, [0, 0], group='women'), stretch(1, [0, 1], group='men')],
        [stretch(1, [1, 1], group='women'), stretch(0, [0])],
    ]
    groups = assemble({}, {}, [], units, [], [], True).groups
    assert list(groups) == ['men', 'women']
    assert groups['women'][FUSED].accuracy == 1.0
    assert groups['men'][FUSED].accuracy == 0.5


def test_a_better_run_is_told_from_an_equal_one():
    good, bad = ([[each] for each in many(5, right)[0]] for right in (0.8, 0.3))
    pair = compare([('a', bad), ('b', good), ('c', bad)]).pairs
    better, same = pair[0].scores[FUSED]['accuracy'], pair[1].scores[FUSED]['accuracy']
    assert better.difference > 0.2
    assert better.interval[0] > 0
    assert better.p < 0.01
    assert (same.difference, same.interval, same.p) == (0.0, (0.0, 0.0), 1.0)


def test_the_chance_of_a_difference_is_that_of_both_sides():
    right = [(0, 1)] * 8 + [(1, 0)] * 3 + [(1, 1)] * 9
    a, b = ([[stretch(0, [1 - each[run]])] for each in right] for run in (0, 1))
    found = compare([('a', a), ('b', b)]).pairs[0].scores[FUSED]['accuracy']
    gained = np.array([other - first for first, other in right])
    drawn = gained[np.random.default_rng(1).integers(len(gained), size=(20_000, len(gained)))]
    assert found.p == pytest.approx(2 * (drawn.sum(axis=1) <= 0).mean(), abs=0.03)
    assert found.p > 0.1


def test_stretches_are_compared_as_wholes():
    a = [[stretch(0, [0, 0, 1]), stretch(1, [0, 0, 1])], [stretch(1, [1]), stretch(2, [])]]
    b = [[stretch(0, [0, 1, 1]), stretch(1, [0, 0, 1])], [stretch(1, [1]), stretch(2, [2])]]
    segments = compare([('a', a), ('b', b)]).pairs[0].segments[FUSED]
    assert (segments.both, segments.only_first, segments.only_other, segments.neither) == (
        *(1, 1, 1, 1),
    )
    assert segments.p == 1.0


def test_mcnemar_is_the_exact_binomial_test():
    a = [[stretch(0, [1])] for _ in range(8)] + [[stretch(0, [0])]]
    b = [[stretch(0, [0])] for _ in range(8)] + [[stretch(0, [1])]]
    segments = compare([('a', a), ('b', b)]).pairs[0].segments[FUSED]
    assert segments.p == pytest.approx(2 * (1 + 9) / 2**9, abs=1e-6)


def test_the_summary_names_each_modality_also_one_that_is_always_wrong():
    both = StretchTally(LABELS[1], None, watched_ns=NS_PER_S)
    for modality, answer in ((FUSED, 1), ('face', 2), ('voice', 1)):
        both.of(modality).add(estimate(answer), LABELS[1])
    summary = assemble({}, {}, [], [[both]], [], [], True).summary
    assert summary.endswith(
        '100.0% of 1 estimates right, UAR 100.0%; alone: face 0.0%, voice 100.0%'
    )
