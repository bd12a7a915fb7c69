import numpy as np
import pytest

from fakes import C, features_for
from fer_ros.config import ConfigError, parse
from fer_ros.fusion.confidence import Confidence
from fer_ros.fusion.dempster_shafer import DempsterShafer
from fer_ros.fusion.order_statistic import OrderStatistic
from fer_ros.fusion.product import Product
from fer_ros.fusion.voting import Voting
from fer_ros.labels import index_of, softmax
from fer_ros.types import Features

HAPPY, SAD = index_of('happy'), index_of('sad')


def build(cls, **settings):
    return cls(parse(cls.Config, settings))


def features_of(probabilities, quality=1.0):
    logits = np.log(np.asarray(probabilities, dtype=np.float32))
    return Features(0, np.ones(2, dtype=np.float32), logits, quality)


def spread(label, share):
    """A share for one label, the rest evenly over the others."""
    result = np.full(C, (1.0 - share) / (C - 1))
    result[label] = share
    return result


def test_votes_are_counted_by_weight_not_by_probability():
    modalities = {'modalities': ['a', 'b', 'c'], 'weights': [0.3, 0.3, 0.4]}
    weak, strong = features_of(spread(HAPPY, 0.3)), features_of(spread(SAD, 0.99))
    got = build(Voting, **modalities).fuse({'a': [weak], 'b': [weak], 'c': [strong]}).probabilities
    assert got.argmax() == HAPPY
    assert got[HAPPY] == pytest.approx(0.6, abs=0.002)


def test_equal_votes_go_to_the_label_that_is_more_probable():
    happy, sad = features_of(spread(HAPPY, 0.5)), features_of(spread(SAD, 0.9))
    voting = build(Voting, weights=[0.5, 0.5])
    assert voting.fuse({'face': [happy], 'voice': [sad]}).probabilities.argmax() == SAD
    assert voting.fuse({'face': [sad], 'voice': [happy]}).probabilities.argmax() == SAD


def test_the_product_of_independent_opinions_is_that_of_bayes():
    face, voice = spread(HAPPY, 0.6), spread(HAPPY, 0.7)
    got = (
        build(Product, weights=[0.5, 0.5], temperature=0.5, floor=1e-6)
        .fuse({'face': [features_of(face)], 'voice': [features_of(voice)]})
        .probabilities
    )
    np.testing.assert_allclose(got, face * voice / (face * voice).sum(), atol=1e-5)


def test_a_label_that_one_modality_does_not_know_is_not_ruled_out_by_it():
    unaware = features_for('happy')
    logits = unaware.logits.copy()
    logits[index_of('contempt')] = -np.inf
    voice = Features(0, unaware.embedding, logits, 1.0)
    face = features_for('contempt', strength=9.0)
    got = build(Product, floor=0.05).fuse({'face': [face], 'voice': [voice]}).probabilities
    assert got.argmax() == index_of('contempt')


def test_of_a_label_that_it_does_not_know_a_modality_says_what_chance_would():
    contempt = index_of('contempt')
    face, voice = spread(HAPPY, 0.5), spread(HAPPY, 0.5)
    voice[contempt] = 0.0
    logits = np.log(voice, where=voice > 0, out=np.full(C, -np.inf)).astype(np.float32)
    got = (
        build(Product, weights=[0.5, 0.5], temperature=0.5, floor=1e-6)
        .fuse({'face': [features_of(face)], 'voice': [Features(0, np.ones(2), logits, 1.0)]})
        .probabilities
    )
    said = np.where(voice > 0, voice / voice.sum(), 1 / C)
    np.testing.assert_allclose(got, face * said / (face * said).sum(), atol=1e-5)


@pytest.mark.parametrize(
    ('rule', 'reference'), [('max', np.max), ('min', np.min), ('median', np.median)]
)
def test_order_statistics_are_those_of_numpy(rule, reference):
    evidence = {
        'face': [features_for('happy')],
        'voice': [features_for('sad', strength=2.0)],
        'text': [features_for('angry', strength=1.0)],
    }
    rows = np.stack([softmax(evidence[name][-1].logits) for name in sorted(evidence)])
    wanted = reference(rows, axis=0)
    got = build(OrderStatistic, rule=rule).fuse(evidence).probabilities
    np.testing.assert_allclose(got, wanted / wanted.sum(), atol=1e-6)


def test_an_unsure_modality_counts_for_less():
    sure, unsure = features_of(spread(SAD, 0.9)), features_of(spread(HAPPY, 0.2))
    evidence = {'face': [unsure], 'voice': [sure]}
    plain = build(Confidence, entropy_exponent=0.0).fuse(evidence).probabilities
    gated = build(Confidence, entropy_exponent=1.0).fuse(evidence).probabilities
    assert gated[SAD] > plain[SAD] + 0.2


def test_poor_input_counts_for_less():
    face, voice = spread(HAPPY, 0.8), spread(SAD, 0.8)
    fusion = build(Confidence, weights=[0.5, 0.5])
    good = fusion.fuse({'face': [features_of(face)], 'voice': [features_of(voice)]}).probabilities
    blurred = fusion.fuse(
        {'face': [features_of(face, quality=0.1)], 'voice': [features_of(voice)]}
    ).probabilities
    assert good[HAPPY] == pytest.approx(good[SAD], abs=1e-5)
    assert blurred[SAD] > 5 * blurred[HAPPY]


def test_weights_are_multiplied_by_powers_of_certainty_and_of_quality():
    evidence = {
        'face': [features_of(spread(HAPPY, 0.8), quality=0.5)],
        'voice': [features_of(spread(SAD, 0.4), quality=0.9)],
    }
    rows = np.stack([softmax(evidence[name][-1].logits) for name in evidence])
    certainty = 1 + (rows * np.log(rows)).sum(axis=1) / np.log(C)
    wanted = np.array([0.7, 0.3]) * certainty**3.0 * np.array([0.5, 0.9]) ** 2.0
    fusion = build(Confidence, weights=[0.7, 0.3], entropy_exponent=3.0, quality_exponent=2.0)
    got = fusion.fuse(evidence).weights
    np.testing.assert_allclose([got['face'], got['voice']], wanted / wanted.sum(), rtol=1e-4)


def test_a_lone_modality_keeps_its_own_probabilities():
    alone = {'voice': [features_of(spread(SAD, 0.6), quality=0.3)]}
    for cls in (Voting, Product, OrderStatistic, Confidence, DempsterShafer):
        got = build(cls, temperature=0.4).fuse(alone).probabilities
        np.testing.assert_allclose(got, spread(SAD, 0.6), atol=1e-5)


def test_soft_votes_are_shares():
    face, voice = features_of(spread(HAPPY, 0.5)), features_of(spread(SAD, 0.7))
    soft = build(Voting, form='soft', weights=[0.5, 0.5])
    got = soft.fuse({'face': [face], 'voice': [voice]}).probabilities
    np.testing.assert_allclose(got, (spread(HAPPY, 0.5) + spread(SAD, 0.7)) / 2, atol=1e-6)


def test_a_low_temperature_makes_the_joint_opinion_surer():
    evidence = {name: [features_of(spread(HAPPY, 0.5))] for name in ('face', 'voice')}
    plain = build(Confidence).fuse(evidence).probabilities[HAPPY]
    assert build(Confidence, temperature=0.5).fuse(evidence).probabilities[HAPPY] > plain + 0.2


def test_the_prior_in_both_opinions_counts_once():
    prior = spread(HAPPY, 0.3)
    evidence = {name: [features_of(prior)] for name in ('face', 'voice')}
    pool = build(Product, temperature=0.5, prior_labels=['happy'], priors=[0.3])
    np.testing.assert_allclose(pool.fuse(evidence).probabilities, prior, atol=1e-5)


@pytest.mark.parametrize(
    ('labels', 'priors', 'reason'),
    [
        (['happy'], [], 'priors: 0 for 1 labels'),
        (['happy', 'joy'], [0.2, 0.2], 'names one of them twice'),
        (['happy', 'sad'], [0.5, 0.6], 'must sum to 1'),
    ],
)
def test_priors_that_are_none_are_refused(labels, priors, reason):
    with pytest.raises(ConfigError, match=reason):
        parse(Product.Config, {'prior_labels': labels, 'priors': priors})


def test_dempsters_rule_gives_masses_worked_out_by_hand():
    face = np.zeros(C)
    face[[HAPPY, SAD]] = 0.9, 0.1
    voice = np.zeros(C)
    voice[[HAPPY, SAD]] = 0.2, 0.8
    got = build(DempsterShafer, reliabilities=[0.6, 0.8]).fuse(
        {
            'face': [features_of(np.maximum(face, 1e-9))],
            'voice': [features_of(np.maximum(voice, 1e-9))],
        }
    )
    happy = 0.54 * 0.16 + 0.54 * 0.2 + 0.4 * 0.16
    sad = 0.06 * 0.64 + 0.06 * 0.2 + 0.4 * 0.64
    assert got.probabilities[HAPPY] == pytest.approx(happy / (happy + sad), abs=1e-5)
    assert got.weights == pytest.approx({'face': 0.6 / 1.4, 'voice': 0.8 / 1.4})


def test_an_unreliable_modality_decides_less():
    evidence = {
        'face': [features_of(spread(HAPPY, 0.9))],
        'voice': [features_of(spread(SAD, 0.9))],
    }
    got = build(DempsterShafer, reliabilities=[0.9, 0.3]).fuse(evidence).probabilities
    assert got[HAPPY] > 3 * got[SAD]
