"""Fusions with fitted parameters, on evidence whose rule is known."""

import dataclasses

import numpy as np
import pytest

from fakes import C, features_for
from fer_ros import cards, models
from fer_ros.config import parse
from fer_ros.evaluation.fusion_tables import Clips, Table
from fer_ros.fusion.fitted import FusionModelError, ModelConfig, check_models
from fer_ros.fusion.stacking import Stacking
from fer_ros.labels import index_of, softmax
from fer_ros.testing import check_fusion
from fer_ros.training.combiner import FITTERS, WEIGHTS
from fer_ros.types import Features

WORDS = ('happy', 'sad', 'angry')
SEEN = np.array(sorted(index_of(word) for word in WORDS))


def table(labels, strength, seed, confuse=()):
    """Noisy logits in favour of the label; the first label of ``confuse`` looks as the second."""
    rng = np.random.default_rng(seed)
    shown = labels.copy()
    if confuse:
        shown[labels == index_of(confuse[0])] = index_of(confuse[1])
    logits = np.full((len(labels), C), -np.inf, np.float32)
    logits[:, SEEN] = rng.normal(size=(len(labels), len(SEEN)))
    logits[np.arange(len(labels)), shown] += strength
    quality = np.full((len(labels), 1), 0.8, np.float32)
    embedding = np.zeros((len(labels), 1, 2), np.float32)
    return Table(
        embedding,
        logits[:, None],
        quality,
        embedding[:, 0],
        logits,
        quality[:, 0],
        labels,
        labels.astype(str),
    )


def clips(count=900, seed=0, **confuse):
    labels = np.random.default_rng(seed).choice(SEEN, count)
    tables = {
        'face': table(labels, 2.0, seed + 1, confuse.get('face', ())),
        'voice': table(labels, 1.0, seed + 2, confuse.get('voice', ())),
    }
    rows = {name: np.arange(count) for name in tables}
    return Clips(tables, rows, labels, labels.astype(str))


@pytest.fixture
def fitted(tmp_path):
    """Fits a combiner, writes its folder and loads it."""

    def fit(plugin, given):
        from safetensors.numpy import save_file

        folder = tmp_path / plugin
        folder.mkdir()
        arrays = FITTERS[plugin](given, SEEN, 1.0)
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / WEIGHTS)
        told = {'model': 'some_model', 'sha256': '0' * 64, 'size': 2}
        cards.write(
            folder,
            {
                'schema': cards.SCHEMA,
                'kind': 'fusion',
                'backbone': {'plugin': plugin},
                'labels': sorted(WORDS, key=index_of),
                'input': {'modalities': {'face': told, 'voice': told}},
                'weights': {'file': WEIGHTS, 'sha256': cards.sha256_of(folder / WEIGHTS)},
                'licence': 'Apache-2.0',
            },
        )
        return models.load_backbone('fusion', str(folder))

    return fit


def accuracy(fusion, given, without=()):
    states = dict.fromkeys(without, 'missing')
    right = [
        fusion.fuse(given.evidence(n, states)).probabilities.argmax() == given.labels[n]
        for n in range(len(given))
    ]
    return np.mean(right)


@pytest.mark.parametrize('plugin', FITTERS)
def test_both_together_are_better_than_each_alone_and_nothing_is_lost_alone(plugin, fitted):
    fusion, test = fitted(plugin, clips()), clips(seed=50)
    alone = {
        name: np.mean(softmax(t.logits[:, -1]).argmax(1) == t.labels)
        for name, t in test.tables.items()
    }
    assert accuracy(fusion, test) > max(alone.values()) + 0.02
    assert accuracy(fusion, test, ['voice']) > alone['face'] - 0.02
    assert accuracy(fusion, test, ['face']) > alone['voice'] - 0.02


@pytest.mark.parametrize('plugin', FITTERS)
def test_what_a_modality_always_confuses_is_taken_from_the_other(plugin, fitted):
    confuse = {'face': ('sad', 'angry')}
    fusion, test = fitted(plugin, clips(**confuse)), clips(seed=50, **confuse)
    sad = test.taken(np.flatnonzero(test.labels == index_of('sad')))
    assert accuracy(fusion, sad) > 0.5
    wrong = np.mean(sad.tables['face'].logits[sad.rows['face'], -1].argmax(1) == sad.labels)
    assert wrong < 0.2


@pytest.mark.parametrize('plugin', FITTERS)
def test_they_keep_the_contract_also_with_a_modality_they_never_saw(plugin, fitted):
    check_fusion(fitted(plugin, clips()))


@pytest.mark.parametrize('plugin', FITTERS)
def test_a_label_that_was_not_fitted_keeps_its_share(plugin, fitted):
    fusion = fitted(plugin, clips())
    got = fusion.fuse({'face': [features_for('contempt', strength=5.0)]}).probabilities
    assert got.argmax() == index_of('contempt')


def test_a_modality_that_changes_more_weighs_more(fitted):
    fusion = fitted('stacking', clips())
    unsure = Features(0, np.ones(2, np.float32), np.zeros(C, np.float32), 0.8)
    got = fusion.fuse({'face': [features_for('happy', strength=6.0)], 'voice': [unsure]})
    assert got.weights['face'] > 0.7


def test_parameters_of_another_strategy_are_refused(fitted):
    folder = fitted('bayes', clips(100)).card.folder
    with pytest.raises(FusionModelError, match="fusion for 'bayes', not a fusion for 'stacking'"):
        Stacking(parse(ModelConfig, {'model': str(folder)}))


def test_changed_parameters_are_refused(fitted):
    folder = fitted('stacking', clips(100)).card.folder
    weights = folder / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b'x')
    with pytest.raises(cards.CardError, match='sha256'):
        models.load_backbone('fusion', str(folder))


def test_only_a_fusion_of_embeddings_depends_on_the_models(fitted):
    fusion = fitted('stacking', clips(100))
    check_models(fusion, {'face': 'face_ferplus'})
    fusion.uses_embeddings = True
    with pytest.raises(
        FusionModelError, match=r'some_model.*for face, not on those of face_ferplus'
    ):
        check_models(fusion, {'face': 'face_ferplus'})
    check_models(fusion, {})


def test_models_that_are_those_it_was_fitted_on_are_accepted(fitted):
    fusion = fitted('stacking', clips(100))
    fusion.uses_embeddings = True
    told = {'model': 'face_ferplus', 'sha256': cards.find('face_ferplus').sha256, 'size': 192}
    fusion.card = dataclasses.replace(fusion.card, input={'modalities': {'face': told}})
    check_models(fusion, {'face': 'face_ferplus', 'voice': 'voice_ravdess_nemo'})
