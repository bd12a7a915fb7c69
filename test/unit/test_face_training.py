"""A training from the corpus to a model that loads, on a tiny corpus of two easy classes."""

import argparse
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from fer_ros import cards, cli, models, testing
from fer_ros.commands import train as train_command
from fer_ros.commands.arguments import ArgumentsError, overrides
from fer_ros.config import ConfigError, parse, setting
from fer_ros.face.backbones import SimpleCNN
from fer_ros.training import reading
from fer_ros.training.augment_face import FaceAugmentConfig, augment
from fer_ros.training.face import FaceTask
from fer_ros.training.loop import CheckpointError
from fer_ros.training.start import StartError, load_weights
from fer_ros.training.teachers import TeacherError

SETTINGS = {
    'backbone': {'plugin': 'simple_cnn', 'width': 4, 'hidden': 16, 'dropout': 0.1},
    'loop': {
        'epochs': 4,
        'batch': 8,
        'learning_rate': 0.03,
        'warmup_epochs': 0.0,
        'average': 0.8,
        'mixup': 0.05,
        'precision': '32-true',
    },
}


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    """Happy pictures are bright above, sad ones below."""
    folder = tmp_path_factory.mktemp('corpus')
    rng = np.random.default_rng(0)
    count = 96
    happy = np.arange(count) % 2
    images = rng.integers(0, 120, (count, 48, 48))
    images[happy == 1, :24] += 120
    images[happy == 0, 24:] += 120
    np.savez(
        folder / 'fer2013plus.npz',
        images=images.astype(np.uint8),
        ferplus_votes=np.stack([np.eye(10, dtype=np.uint8)[1 if h else 3] * 10 for h in happy]),
        ferplus_label=np.where(happy, 1, 3).astype(np.int8),
        fer_label=np.where(happy, 3, 4).astype(np.int8),
        split=np.repeat([0, 1, 2], [64, 16, 16]).astype(np.uint8),
        dup_group=np.arange(count, dtype=np.int32),
        dup_of_earlier_split=np.zeros(count, bool),
    )
    return folder


def train(corpus, folder, *words, settings=SETTINGS):
    """The exit code of ``fer-ros train face`` in a folder of its own."""
    folder.mkdir(exist_ok=True)
    config = folder / 'face.yaml'
    config.write_text(yaml.safe_dump(settings), encoding='utf-8')
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    args = ['face', '--config', config, '--data', corpus, '--run', folder / 'run']
    args += ['--out', folder / 'model', '--accelerator', 'cpu', '--devices', '1', '--quiet']
    return train_command.run(parser.parse_args([*map(str, args), *words]))


def last_weights(folder):
    """The newest checkpoint's weights; the model itself may be an earlier one."""
    checkpoint = torch.load(folder / 'run' / 'last.ckpt', weights_only=True)
    return checkpoint['state_dict']


@pytest.fixture(scope='module')
def trained(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained') / 'whole'
    assert train(corpus, folder) == 0
    return folder / 'model'


def test_learns_and_writes_a_model_with_everything_beside_it(trained):
    card = cards.read(trained)
    assert card.about['results']['test']['accuracy'] > 0.9
    assert card.about['results']['test']['examples'] == 16
    assert card.about['training']['seed'] == 0
    backbone = models.load_backbone('face_backbone', str(trained), 'cpu')
    bright_above = np.zeros((1, 48, 48, 3), np.uint8)
    bright_above[:, :24] = 200
    assert int(backbone.infer(bright_above)[1].argmax()) == 1
    assert {path.name for path in trained.iterdir()} == {
        'card.yaml',
        'weights.safetensors',
        'curves.png',
        'confusion.png',
        'golden.yaml',
        'network.onnx',
        'history.csv',
    }
    assert len((trained / 'history.csv').read_text().splitlines()) == 5


def test_the_same_seed_gives_the_same_weights_and_another_one_others(corpus, trained, tmp_path):
    assert train(corpus, tmp_path / 'again') == 0
    assert train(corpus, tmp_path / 'other', '--seed', '1') == 0
    first = cards.read(trained).sha256
    assert cards.read(tmp_path / 'again' / 'model').sha256 == first
    assert cards.read(tmp_path / 'other' / 'model').sha256 != first


def test_a_stopped_training_continues_to_the_same_result(corpus, trained, tmp_path):
    assert train(corpus, tmp_path, '--max-minutes', '0.0001') == 3
    assert not (tmp_path / 'model').exists()
    assert train(corpus, tmp_path) == 0
    assert cards.read(tmp_path / 'model').sha256 == cards.read(trained).sha256
    assert last_weights(tmp_path).keys() == last_weights(trained.parent).keys()
    for name, weight in last_weights(trained.parent).items():
        assert torch.equal(last_weights(tmp_path)[name], weight), name
    logs = [tmp_path / 'run' / name / 'metrics.csv' for name in ('csv', 'csv_1')]
    assert [log.read_text().splitlines()[1].split(',')[0] for log in logs] == ['0', '1']
    history = 'history.csv'
    assert (tmp_path / 'model' / history).read_text() == (trained / history).read_text()


class _Payload:
    """What a pickle does when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


@pytest.mark.parametrize('content', [None, b'', b'no checkpoint'])
def test_a_checkpoint_that_would_run_code_is_not_read(corpus, tmp_path, content):
    (tmp_path / 'run').mkdir()
    last = tmp_path / 'run' / 'last.ckpt'
    if content is None:
        torch.save({'state_dict': _Payload(tmp_path / 'ran')}, last)
    else:
        last.write_bytes(content)
    with pytest.raises(CheckpointError, match=r'last\.ckpt is no checkpoint of plain values'):
        train(corpus, tmp_path)
    assert not (tmp_path / 'ran').exists()


def test_the_cards_numbers_come_out_again(corpus, trained, capsys):
    words = ['models', 'evaluate', str(trained), '--data', str(corpus)]
    assert cli.main(words) == 0
    card = trained / cards.CARD
    original = card.read_text()
    try:
        content = yaml.safe_load(original)
        content['results']['test']['uar'] = 0.3
        card.write_text(yaml.safe_dump(content), encoding='utf-8')
        assert cli.main(words) == 1
        assert 'test.uar: the card says 0.3' in capsys.readouterr().out
    finally:
        card.write_text(original)


def test_learns_from_teachers(corpus, trained, tmp_path):
    taught = {**SETTINGS, 'loop': {**SETTINGS['loop'], 'teachers': [str(trained)]}}
    assert train(corpus, tmp_path, settings=taught) == 0
    assert cards.read(tmp_path / 'model').sha256 != cards.read(trained).sha256


def test_a_teacher_of_other_labels_is_refused(corpus, trained, tmp_path):
    taught = {
        **SETTINGS,
        'data': {'plugin': 'fer2013plus', 'labels': 'fer2013'},
        'loop': {**SETTINGS['loop'], 'teachers': [str(trained)]},
    }
    with pytest.raises(TeacherError, match='contempt'):
        train(corpus, tmp_path, settings=taught)


def test_starts_with_the_weights_of_a_model(corpus, trained, tmp_path):
    idle = {**SETTINGS['loop'], 'epochs': 1, 'learning_rate': 0.0, 'average': 0.0}
    settings = {**SETTINGS, 'loop': {**idle, 'start': str(trained)}}
    assert train(corpus, tmp_path, settings=settings) == 0
    first = load_file(trained / 'weights.safetensors')
    fine_tuned = load_file(tmp_path / 'model' / 'weights.safetensors')
    assert all(torch.equal(fine_tuned[name], weight) for name, weight in first.items())


def test_a_start_with_other_labels_has_a_new_last_layer_only(trained):
    settings = {k: v for k, v in SETTINGS['backbone'].items() if k != 'plugin'}
    network = SimpleCNN.network(parse(SimpleCNN.Config, settings), 1, 3)
    fresh = {name: value.clone() for name, value in network.state_dict().items()}
    load_weights(network, str(trained))
    saved = load_file(trained / 'weights.safetensors')
    other = [name for name in saved if saved[name].shape != fresh[name].shape]
    assert other
    assert all(torch.equal(network.state_dict()[name], fresh[name]) for name in other)
    kept = [name for name in saved if saved[name].shape == fresh[name].shape]
    assert kept
    assert all(torch.equal(network.state_dict()[name], saved[name]) for name in kept)


def test_a_start_of_another_architecture_is_refused(corpus, trained, tmp_path):
    settings = {
        **SETTINGS,
        'backbone': {'plugin': 'mini_xception'},
        'loop': {**SETTINGS['loop'], 'start': str(trained)},
    }
    with pytest.raises(StartError, match='simple_cnn'):
        train(corpus, tmp_path, settings=settings)


def test_stops_early_where_nothing_gets_better(corpus, tmp_path):
    idle = {**SETTINGS['loop'], 'epochs': 9, 'learning_rate': 0.0, 'patience': 2}
    assert train(corpus, tmp_path, settings={**SETTINGS, 'loop': idle}) == 0
    assert len((tmp_path / 'model' / 'history.csv').read_text().splitlines()) == 4


def test_the_folder_of_another_training_is_refused(corpus, trained):
    with pytest.raises(train_command.TrainError, match='another seed or settings'):
        train(corpus, trained.parent, '--set', 'loop.epochs=5')


def test_an_early_stop_is_the_end_when_the_command_is_given_again(corpus, tmp_path):
    idle = {**SETTINGS['loop'], 'epochs': 9, 'learning_rate': 0.0, 'patience': 2}
    settings = {**SETTINGS, 'loop': idle}
    assert train(corpus, tmp_path, settings=settings) == 0
    first = (tmp_path / 'model' / 'history.csv').read_text()
    assert train(corpus, tmp_path, settings=settings) == 0
    assert (tmp_path / 'model' / 'history.csv').read_text() == first


def test_a_training_is_not_continued_on_other_examples(corpus, tmp_path):
    assert train(corpus, tmp_path, '--max-minutes', '0.0001') == 3
    other = tmp_path / 'other'
    other.mkdir()
    with np.load(corpus / 'fer2013plus.npz') as arrays:
        changed = {**arrays, 'images': 255 - arrays['images']}
    np.savez(other / 'fer2013plus.npz', **changed)
    with pytest.raises(CheckpointError, match='other examples; give another --run, or remove'):
        train(other, tmp_path)
    moved = shutil.copytree(corpus, tmp_path / 'moved')
    assert train(moved, tmp_path) == 0


def test_the_command_in_the_card_can_be_pasted_into_a_shell(corpus, tmp_path):
    changes = ['loop.epochs=1', 'summary=Two (easy) classes', r'limits=[all & "none"]']
    assert train(corpus, tmp_path, *(word for one in changes for word in ('--set', one))) == 0
    words = shlex.split(cards.read(tmp_path / 'model').about['training']['command'])
    assert words[:3] == ['fer-ros', 'train', 'face']
    assert [words[n + 1] for n, word in enumerate(words) if word == '--set'] == changes


def test_a_training_says_where_the_model_is_and_what_it_is_worth(trained, capsys):
    train_command.print_results(trained)
    lines = capsys.readouterr().out.splitlines()
    accuracy = cards.read(trained).about['results']['test']['accuracy']
    assert lines[0] == f'wrote {trained}'
    assert any(line.startswith(f'test: accuracy {accuracy:.3f}, UAR ') for line in lines)


def test_the_package_brings_configurations_wherever_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path('config/train/face_folder.yaml')
    assert reading.read_config(FaceTask.Config, path).loop.start == 'face_ferplus'
    assert reading.read_config(FaceTask.Config, path, overrides(['loop.start='])).loop.start == ''
    with pytest.raises(FileNotFoundError, match=r'nothing\.yaml is not in'):
        reading.read_config(FaceTask.Config, Path('nothing.yaml'))


class Plain:
    """Bright above is happy; nothing but what the contract of data sets asks for."""

    @dataclass(frozen=True)
    class Config:
        root: str = setting('', 'Not used')

    labels = ('happy', 'sad')

    def __init__(self, config):
        pass

    def splits(self):
        return {'train': range(16), 'val': range(16, 20), 'test': range(20, 24)}

    def examples(self, split):
        for number in self.splits()[split]:
            picture = np.random.default_rng(number).integers(0, 90, (48, 48, 3), np.uint8)
            picture[24 * (number % 2) :][:24] += 140
            target = np.eye(2, dtype=np.float32)[number % 2]
            yield {'input': picture, 'target': target, 'subject': None}


def test_any_data_set_that_keeps_the_contract_can_be_trained_on():
    testing.check_dataset(Plain(Plain.Config()))
    config = parse(FaceTask.Config, {'data': {'plugin': f'{__name__}:Plain'}})
    task = FaceTask(config, Path())
    val = task.split('val')
    assert val.labels.tolist() == [0, 1, 0, 1]
    assert val.subsets == {}
    assert task.prepare(val.inputs).shape == (4, 3, 48, 48)


def test_another_plugin_brings_its_own_settings(tmp_path):
    path = tmp_path / 'face.yaml'
    path.write_text(yaml.safe_dump(SETTINGS), encoding='utf-8')
    words = ['backbone.plugin=vgg', 'backbone.dropout=0.2']
    chosen = reading.read_config(FaceTask.Config, path, overrides(words)).backbone
    assert (chosen.plugin, chosen.config.dropout) == ('vgg', 0.2)
    kept = reading.read_config(FaceTask.Config, path, {'backbone': {'dropout': 0.2}}).backbone
    assert (kept.plugin, kept.config.hidden, kept.config.dropout) == ('simple_cnn', 16, 0.2)


@pytest.mark.parametrize(
    ('word', 'error', 'names'),
    [
        ('loop.epoch=3', ConfigError, 'epochs'),
        ('loop.schedule=linear', ConfigError, 'cosine'),
        ('loop.epochs', ArgumentsError, 'KEY=VALUE'),
    ],
)
def test_a_wrong_override_is_refused(corpus, tmp_path, word, error, names):
    with pytest.raises(error, match=names):
        train(corpus, tmp_path, '--set', word)


def test_augmentation_keeps_shape_and_depends_on_its_generator_alone():
    values = torch.rand(6, 1, 48, 48)
    config = FaceAugmentConfig()

    def varied(seed):
        return augment(values, config, torch.Generator().manual_seed(seed))

    assert varied(0).shape == values.shape
    assert torch.isfinite(varied(0)).all()
    assert torch.equal(varied(0), varied(0))
    assert not torch.equal(varied(0), varied(1))


def test_augmentation_that_is_off_changes_nothing():
    off = FaceAugmentConfig(
        **dict.fromkeys(
            ['flip', 'rotation', 'scale', 'shift', 'squeeze', 'contrast', 'gamma', 'gradient'], 0.0
        ),
        **dict.fromkeys(['blur', 'low_resolution', 'noise', 'erase', 'band'], 0.0),
    )
    values = torch.rand(4, 1, 48, 48).clamp(0.01, 0.99)
    assert torch.allclose(augment(values, off, torch.Generator()), values, atol=1e-4)


def test_mirroring_is_exact():
    only = FaceAugmentConfig(
        **dict.fromkeys(
            ['rotation', 'scale', 'shift', 'squeeze', 'contrast', 'gamma', 'gradient'], 0.0
        ),
        **dict.fromkeys(['blur', 'low_resolution', 'noise', 'erase', 'band'], 0.0),
        flip=1.0,
    )
    values = torch.rand(4, 1, 48, 48).clamp(0.01, 0.99)
    mirrored = augment(values, only, torch.Generator())
    assert torch.allclose(mirrored, values.flip(3), atol=1e-4)
