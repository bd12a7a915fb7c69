"""Fusions trained by the command, on data that take seconds."""

import argparse

import numpy as np
import pytest
import soundfile
import yaml

from fer_ros import cards, models
from fer_ros.commands import train as train_command
from fer_ros.config import ConfigError, parse
from fer_ros.data import cremad_votes
from fer_ros.evaluation import fusion_sources
from fer_ros.evaluation.fusion_tables import partners
from fer_ros.testing import check_fusion
from fer_ros.training import evaluate, modes
from fer_ros.training.fusion import FusionTask
from fer_ros.training.sampling import generator_for
from fer_ros.training.teachers import TeacherError
from fer_ros.training.two_branch import TwoBranchTask

LETTERS = 'ADFHNS'
LOOP = {'epochs': 2, 'batch': 16, 'precision': '32-true', 'average': 0.5, 'warmup_epochs': 0.0}


def train(task, folder, settings, data):
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / 'config.yaml'
    config.write_text(yaml.safe_dump(settings), encoding='utf-8')
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    words = [task, '--config', config, '--data', data, '--run', folder / 'run', '--quiet']
    words += ['--out', folder / 'model', '--accelerator', 'cpu', '--devices', '1']
    assert train_command.run(parser.parse_args([*map(str, words)])) == 0
    return folder / 'model'


@pytest.fixture(scope='module')
def votes(tmp_path_factory):
    """Votes in which the face tells more than the voice, by a few actors of each fold."""
    folder = tmp_path_factory.mktemp('votes')
    rng = np.random.default_rng(0)
    columns = [f'{who}_{letter}' for who in ('voice', 'face') for letter in LETTERS]
    lines = ['clip,actor,sex,intended,' + ','.join(columns)]
    for actors in cremad_votes.fold_file().values():
        for actor in sorted(actors)[:4]:
            for number in range(24):
                label = number % 6
                counts = []
                for share in (0.4, 0.6):
                    shares = np.full(6, (1 - share) / 5)
                    shares[label] = share
                    counts += rng.multinomial(10, shares).tolist()
                row = [f'{actor}_{number}', actor, 'Female', LETTERS[label], *counts]
                lines.append(','.join(map(str, row)))
    (folder / cremad_votes.FILE).write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return folder


@pytest.mark.parametrize('plugin', ['stacking', 'bayes'])
def test_a_combiner_is_fitted_measured_and_keeps_the_contract(plugin, votes, tmp_path):
    settings = {'plugin': plugin, 'penalty': 5.0, 'source': {'kind': 'votes'}}
    model = train('combiner', tmp_path, settings, votes)
    results = cards.read(model).about['results']
    assert results['test_all']['accuracy'] > results['test_voice_alone']['accuracy']
    assert results['test_all']['accuracy'] > 0.7
    assert evaluate.differences(results, evaluate.evaluate(cards.read(model), votes)) == []
    check_fusion(models.load_backbone('fusion', str(model)))


@pytest.mark.parametrize('plugin', ['gated', 'cross_attention'])
def test_a_network_is_trained_measured_and_keeps_the_contract(plugin, votes, tmp_path):
    net = {'plugin': plugin, 'width': 8, 'heads': 2}
    settings = {'backbone': net, 'loop': LOOP, 'source': {'kind': 'votes'}}
    model = train('fusion', tmp_path, settings, votes)
    card = cards.read(model)
    assert {'test_all', 'test_face_alone', 'test_voice_alone'} <= set(card.about['results'])
    assert card.about['results']['test_all']['accuracy'] > 0.6
    fusion = models.load_backbone('fusion', str(model))
    check_fusion(fusion, fusion.sizes)


def test_splits_share_no_actor_and_both_is_fit_and_choose(votes):
    config = parse(fusion_sources.SourceConfig, {'kind': 'votes'})
    people = {
        split: set(fusion_sources.clips(config, votes, split).subjects.tolist())
        for split in fusion_sources.SPLITS
    }
    assert not people['both'] & people['test']
    assert not people['fit'] & people['choose']
    assert people['both'] == people['fit'] | people['choose']


def task_on(votes, **changes):
    settings = {'source': {'kind': 'votes'}, 'loop': LOOP, **changes}
    return FusionTask(parse(FusionTask.Config, settings), votes)


def test_the_runtime_answers_as_the_network_in_training(votes, tmp_path):
    settings = {'loop': LOOP, 'source': {'kind': 'votes'}, 'backbone': {'plugin': 'concat'}}
    fusion = models.load_backbone('fusion', str(train('fusion', tmp_path, settings, votes)))
    task = task_on(votes, backbone={'plugin': 'concat'})
    inputs = task.split('test').inputs[::7]
    network = fusion._network
    wanted = network(task.prepare(inputs))[1].softmax(1).numpy() ** (1 / fusion.card.temperature)
    wanted /= wanted.sum(1, keepdims=True)
    got = np.exp(task.infer(fusion, inputs.numpy()))
    np.testing.assert_allclose(got / got.sum(1, keepdims=True), wanted, atol=1e-3)


def test_training_changes_with_the_generator_and_not_without(votes):
    task = task_on(votes)
    inputs = task.split('train').inputs
    first, again, other = (task.augment(inputs, generator_for(0, epoch)) for epoch in (0, 0, 1))
    assert first.equal(again)
    assert not first.equal(other)


def test_partners_have_the_wanted_label_and_are_drawn_evenly():
    labels = np.array([2, 0, 2, 2, 1])
    wanted = np.repeat([2, 1], [3000, 5])
    rows = partners(wanted, labels, modes.evenly(generator_for(0, 0)))
    assert (labels[rows] == wanted).all()
    shares = np.bincount(rows[:3000], minlength=5) / 3000
    assert shares[[0, 2, 3]] == pytest.approx([1 / 3] * 3, abs=0.04)


@pytest.mark.parametrize('seen', ['all', 'mixed', 'face', 'voice'])
def test_every_mode_of_training_shows_what_it_says(seen):
    kept = modes.kept(seen, 0.5, ('face', 'voice'), 2000, generator_for(0, 0))
    assert kept.any(1).all()
    shares = kept.float().mean(0).tolist()
    wanted = {'all': [1, 1], 'mixed': [0.75, 0.75], 'face': [1, 0], 'voice': [0, 1]}[seen]
    assert shares == pytest.approx(wanted, abs=0.04)


def test_an_unknown_mode_is_refused(votes):
    with pytest.raises(ConfigError, match="seen: 'smell' is not one of all, mixed, face, voice"):
        task_on(votes, seen='smell')


@pytest.fixture(scope='module')
def corpora(tmp_path_factory):
    """Happy and angry: pictures bright above or below, voices high or low."""
    folder = tmp_path_factory.mktemp('corpora')
    rng = np.random.default_rng(0)
    count = 48
    happy = np.arange(count) % 2 == 1
    images = rng.integers(0, 120, (count, 48, 48))
    images[happy, :24] += 120
    images[~happy, 24:] += 120
    np.savez(
        folder / 'fer2013plus.npz',
        images=images.astype(np.uint8),
        ferplus_votes=np.stack([np.eye(10, dtype=np.uint8)[1 if h else 4] * 10 for h in happy]),
        ferplus_label=np.where(happy, 1, 4).astype(np.int8),
        fer_label=np.where(happy, 3, 0).astype(np.int8),
        split=np.repeat([0, 1, 2], [32, 8, 8]).astype(np.uint8),
        dup_group=np.arange(count, dtype=np.int32),
        dup_of_earlier_split=np.zeros(count, bool),
    )
    time = np.arange(8000) / 16000
    for actor in range(1, 25):
        for emotion, hz in ((3, 900), (5, 200)):
            path = folder / f'ravdess_speech/03-01-{emotion:02d}-01-01-01-{actor:02d}.wav'
            path.parent.mkdir(exist_ok=True)
            tone = 0.3 * np.sin(2 * np.pi * hz * time) + 0.01 * rng.standard_normal(8000)
            soundfile.write(path, tone, 16000)
    return folder


@pytest.fixture(scope='module')
def branches(corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp('branches')
    loop = {**LOOP, 'epochs': 8, 'batch': 8, 'learning_rate': 0.02}
    face = {'backbone': {'plugin': 'simple_cnn', 'width': 4, 'hidden': 16}, 'loop': loop}
    voice = {
        'corpora': {'names': ['ravdess'], 'repeats': [1]},
        'backbone': {'plugin': 'logmel_cnn', 'widths': [4, 4, 4]},
        'input': {'window_s': 1.0},
        'loop': loop,
    }
    return {
        'face_model': str(train('face', folder / 'face', face, corpora)),
        'voice_model': str(train('voice', folder / 'voice', voice, corpora)),
    }


def test_both_branches_are_trained_end_to_end_and_become_three_models(corpora, branches, tmp_path):
    settings = {
        **branches,
        'branch_rate': 0.1,
        'backbone': {'plugin': 'gated', 'width': 8},
        'loop': {**LOOP, 'epochs': 6, 'batch': 8, 'learning_rate': 0.02},
    }
    model = train('two_branch', tmp_path, settings, corpora)
    card = cards.read(model)
    assert card.labels == ('happy', 'angry')
    assert card.about['results']['test_all']['accuracy'] > 0.8
    for name in ('face', 'voice'):
        tuned = cards.read(model.with_name(f'model_{name}'))
        assert tuned.sha256 == card.input['modalities'][name]['sha256']
        assert tuned.sha256 != cards.read(cards.Path(branches[f'{name}_model'])).sha256
        models.load_backbone(tuned.kind, str(tuned.folder))
    fusion = models.load_backbone('fusion', str(model))
    check_fusion(fusion, fusion.sizes)


def test_both_branches_take_no_teachers_and_are_not_measured_one_by_one(
    corpora, branches, tmp_path
):
    settings = {**branches, 'backbone': {'plugin': 'gated', 'width': 8}, 'loop': LOOP}
    taught = {**settings, 'loop': {**LOOP, 'teachers': [branches['face_model']]}}
    with pytest.raises(TeacherError, match=r'loop\.teachers'):
        train('two_branch', tmp_path / 'taught', taught, corpora)
    model = train('two_branch', tmp_path, settings, corpora)
    with pytest.raises(cards.CardError, match='measured together'):
        evaluate.evaluate(cards.read(model), corpora)


def test_branches_need_an_optimiser_whose_rate_can_be_scaled():
    with pytest.raises(ConfigError, match=r'loop\.optimiser sgd'):
        parse(TwoBranchTask.Config, {'loop': {'optimiser': 'adamw'}})
