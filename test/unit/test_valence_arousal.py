import numpy as np
import pytest

from fer_ros.labels import LABELS
from fer_ros.policy.rules import Rule, RulePolicy
from fer_ros.types import Expression
from fer_ros.valence_arousal import COORDINATES, valence_arousal


def certain(label):
    return np.eye(len(LABELS), dtype=np.float32)[LABELS.index(label)]


def test_neutral_is_the_origin_and_nothing_leaves_the_range():
    assert valence_arousal(certain('neutral')) == (0.0, 0.0)
    assert np.abs(COORDINATES).max() <= 1.0


@pytest.mark.parametrize(
    ('label', 'valence', 'arousal'),
    [
        ('happy', 0.7425, 0.65),
        ('sad', -0.85, 0.01),
        ('surprised', 0.2675, 0.625),
        ('angry', -0.7425, 0.6875),
    ],
)
def test_an_emotion_is_where_its_word_was_rated(label, valence, arousal):
    assert valence_arousal(certain(label)) == pytest.approx((valence, arousal), abs=1e-6)


def test_a_mixture_lies_between():
    mixed = 0.25 * certain('happy') + 0.75 * certain('sad')
    assert valence_arousal(mixed)[0] == pytest.approx(0.25 * 0.7425 - 0.75 * 0.85, abs=1e-6)


@pytest.mark.parametrize(('label', 'behaviour'), [('angry', 'step_back'), ('sad', 'attend')])
def test_a_rule_can_ask_for_them_instead_of_labels(label, behaviour):
    rule = Rule(behaviour='step_back', max_valence=-0.3, min_arousal=0.3)
    policy = RulePolicy(RulePolicy.Config(default='attend', fallback='idle'), [rule])
    expression = Expression(0, label, 0.9, *valence_arousal(certain(label)))
    assert policy.decide(expression, 0).behaviour == behaviour
