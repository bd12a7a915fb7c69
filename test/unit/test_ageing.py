"""Evidence that is not renewed counts less, whatever the fusion does with it."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import features_for
from fer_ros import plugins
from fer_ros.ageing import AgeingConfig, fuse_aged
from fer_ros.labels import index_of
from fer_ros.types import Fused

HAPPY_FACE = {'face': (features_for('happy'),)}
SAD_VOICE = {'voice': (features_for('sad'),)}
BOTH = HAPPY_FACE | SAD_VOICE


def every_fusion():
    """But those that read embeddings, which only their own models make."""
    names = plugins.available('fusion')
    classes = {name: plugins.load('fusion', name) for name in names}
    on_decisions = [n for n in names if not getattr(classes[n], 'uses_embeddings', False)]
    return pytest.mark.parametrize('name', on_decisions)


def build(name):
    cls = plugins.load('fusion', name)
    return cls(cls.Config())


@pytest.mark.parametrize(('age', 'validity'), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.25), (2.1, 0.0)])
def test_validity_halves_with_each_half_life_until_it_ends(age, validity):
    config = AgeingConfig(half_life=0.5, max_age=2.0)
    assert config.validity(age) == pytest.approx(validity)


@every_fusion()
def test_fresh_evidence_is_fused_as_it_is(name):
    fusion = build(name)
    got = fuse_aged(fusion, BOTH, {'face': 1.0, 'voice': 1.0})
    wanted = fusion.fuse(BOTH)
    np.testing.assert_array_equal(got.probabilities, wanted.probabilities)
    assert got.weights == wanted.weights


@every_fusion()
def test_old_evidence_loses_its_say_steadily_to_what_is_new(name):
    fusion = build(name)
    answers = [
        fuse_aged(fusion, BOTH, {'face': validity, 'voice': 1.0})
        for validity in (1.0, 0.5, 0.25, 0.01)
    ]
    happy = [answer.probabilities[index_of('happy')] for answer in answers]
    weights = [answer.weights['face'] for answer in answers]
    assert happy == sorted(happy, reverse=True)
    assert weights == sorted(weights, reverse=True)
    assert weights[1] == pytest.approx(weights[0] / 2)
    alone = fusion.fuse(SAD_VOICE).probabilities
    np.testing.assert_allclose(answers[-1].probabilities, alone, atol=0.01)


@every_fusion()
def test_evidence_that_is_equally_old_is_all_there_is(name):
    fusion = build(name)
    got = fuse_aged(fusion, BOTH, {'face': 0.1, 'voice': 0.1})
    np.testing.assert_array_equal(got.probabilities, fusion.fuse(BOTH).probabilities)


@every_fusion()
@given(validity=st.dictionaries(st.sampled_from(['face', 'voice', 'smell']), st.floats(0.01, 1)))
def test_the_answer_is_a_distribution_for_any_ages(name, validity):
    if not validity:
        return
    evidence = {modality: (features_for('happy'),) for modality in validity}
    got = fuse_aged(build(name), evidence, validity)
    assert got.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    assert sum(got.weights.values()) == pytest.approx(1.0, abs=1e-4)
    assert set(got.weights) == set(validity)


class Asked:
    """A fusion that keeps what it was asked."""

    memory_s = 0.0

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self):
        self.subsets = []

    def fuse(self, evidence):
        self.subsets.append(set(evidence))
        return Fused(features_for('sad').logits, dict.fromkeys(evidence, 1 / len(evidence)))


def test_the_oldest_is_left_out_first():
    fusion = Asked()
    evidence = BOTH | {'smell': (features_for('angry'),)}
    fuse_aged(fusion, evidence, {'face': 0.2, 'voice': 1.0, 'smell': 0.5})
    assert fusion.subsets == [{'voice'}, {'voice', 'smell'}, {'voice', 'smell', 'face'}]


def test_evidence_that_does_not_hold_at_all_is_not_asked_for():
    fusion = Asked()
    fuse_aged(fusion, BOTH, {'face': 0.0, 'voice': 1.0})
    assert fusion.subsets == [{'voice'}]


def test_nothing_that_holds_is_an_error():
    with pytest.raises(ValueError, match='no evidence holds'):
        fuse_aged(Asked(), BOTH, {'face': 0.0, 'voice': 0.0})
