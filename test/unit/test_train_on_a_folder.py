"""A person with a folder of pictures: check it, train on it, name the model to the pipeline."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_ros import cards, cli
from fer_ros.config import parse
from fer_ros.face.branch import FaceBranch, FaceConfig
from fer_ros.stages import Stages
from fer_ros.training.face import FaceTask
from fer_ros.training.task import TaskError
from fer_ros.types import Frame

CONFIG = Path(__file__).resolve().parents[2] / 'config' / 'train' / 'face_folder.yaml'
QUICK = {
    'backbone.plugin': 'simple_cnn',
    'backbone.width': 4,
    'backbone.hidden': 16,
    'backbone.dropout': 0.1,
    'loop.start': '',
    'loop.epochs': 6,
    'loop.batch': 8,
    'loop.average': 0.5,
    'loop.precision': '32-true',
}


def face(label, rng):
    """Bright above means joy, bright below sadness."""
    picture = rng.integers(0, 90, (60, 60, 3))
    picture[slice(0, 30) if label == 'joy' else slice(30, 60)] += 140
    return picture.astype(np.uint8)


@pytest.fixture(scope='module')
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pictures')
    rng = np.random.default_rng(0)
    for label in ('joy', 'sadness'):
        for person in range(8):
            for shot in range(3):
                path = folder / label / f'person{person}' / f'{shot}.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), face(label, rng))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize('colour', ['grey', 'rgb'])
def test_from_a_folder_to_the_pipeline(pictures, tmp_path, capsys, colour):
    assert cli.main(['data', 'check', str(pictures), '--quiet']) == 0
    words = ['train', 'face', '--config', str(CONFIG), '--data', str(pictures), '--quiet']
    words += ['--out', str(tmp_path / 'mine'), '--run', str(tmp_path / 'run')]
    words += ['--accelerator', 'cpu', '--devices', '1', '--set', f'data.colour={colour}']
    for key, value in QUICK.items():
        words += ['--set', f'{key}={value}']
    assert cli.main(words) == 0
    card = cards.read(tmp_path / 'mine')
    assert card.labels == ('joy', 'sadness')
    assert card.input['colour'] == colour
    assert 'eyes' not in card.input
    assert card.about['results']['test']['accuracy'] == 1.0
    evaluate = ['models', 'evaluate', str(tmp_path / 'mine'), '--data', str(pictures)]
    assert cli.main(evaluate) == 0
    assert cli.main([*evaluate, '--on', 'image_folder']) == 0
    assert cli.main(['models', 'verify', str(tmp_path / 'mine')]) == 0

    settings = {
        'model': str(tmp_path / 'mine'),
        'detector': {'plugin': 'fakes:FakeDetector', 'boxes': [20.0, 20.0, 60.0, 60.0]},
        'tracking': {'min_hits': 1},
    }
    branch = FaceBranch.load(parse(FaceConfig, settings), 'cpu', Stages())
    image = np.zeros((120, 120, 3), np.uint8)
    image[20:80, 20:80] = face('sadness', np.random.default_rng(1))
    ((_, features),) = branch.process(Frame(0, 'camera', image))
    assert int(features.logits.argmax()) == 2  # sad


def test_a_folder_too_small_to_be_divided_is_refused_before_the_training(tmp_path):
    rng = np.random.default_rng(0)
    for label in ('joy', 'sadness'):
        (tmp_path / 'few' / label).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / 'few' / label / '1.png'), face(label, rng))
    config = parse(FaceTask.Config, {'data': {'plugin': 'image_folder'}})
    with pytest.raises(TaskError, match='few: no example in val and test: too few'):
        FaceTask(config, tmp_path / 'few')
