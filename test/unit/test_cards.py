import hashlib
import os

import pytest
import yaml
from committed import MODELS

from fer_ros import cards
from fer_ros.cards import CardError

WEIGHTS = b'not really weights'


def content(**changes):
    card = {
        'schema': 1,
        'kind': 'face_backbone',
        'backbone': {'plugin': 'anything', 'width': 16},
        'labels': ['angry', 'joy', 'calm'],
        'input': {'size': 48},
        'weights': {
            'file': 'weights.safetensors',
            'sha256': hashlib.sha256(WEIGHTS).hexdigest(),
        },
        'licence': 'Apache-2.0',
        'temperature': 1.5,
        'summary': 'A model for tests',
    }
    return {key: value for key, value in (card | changes).items() if value is not None}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'weights.safetensors').write_bytes(WEIGHTS)
    return tmp_path


def test_what_was_written_is_read(folder):
    card = cards.write(folder, content())
    assert card == cards.read(folder)
    assert (card.kind, card.labels, card.temperature) == (
        'face_backbone',
        ('angry', 'joy', 'calm'),
        1.5,
    )
    assert card.backbone == {'plugin': 'anything', 'width': 16}
    assert card.about == {'summary': 'A model for tests'}
    assert card.name == folder.name
    assert cards.weights_path(card) == folder / 'weights.safetensors'
    assert cards.read_weights(card) == WEIGHTS


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'labels': None}, r"missing keys: \['labels'\]"),
        ({'colour': 'red'}, r"unknown keys: \['colour'\]"),
        ({'schema': 2}, 'schema 2, this version reads 1'),
        ({'kind': 'policy'}, "kind 'policy' is not one of face_backbone, audio_backbone"),
        ({'labels': ['angry', 'bored']}, "unknown emotion label 'bored'"),
        ({'labels': [False, 'angry']}, 'labels must be a list of words'),
        ({'labels': 'angry'}, 'labels must be a list of words'),
        ({'labels': []}, 'labels must be a list of words'),
        ({'labels': ['angry', 'joy', 'angry']}, 'stand there twice: angry'),
        ({'backbone': 'net'}, 'backbone must be a mapping'),
        ({'input': [1]}, 'input must be a mapping'),
        ({'weights': {'file': 'w.onnx'}}, 'weights has no sha256'),
        ({'weights': {'file': 'w.pickle', 'sha256': ''}}, r'ends in \.safetensors or \.onnx'),
        ({'weights': {'file': '../w.onnx', 'sha256': ''}}, 'must be a plain name'),
        ({'weights': {'file': '/etc/w.onnx', 'sha256': ''}}, 'must be a plain name'),
        ({'weights': {'file': 'w\0.onnx', 'sha256': ''}}, 'must be a plain name'),
        ({'weights': {'file': 5, 'sha256': ''}}, 'must be a plain name'),
        ({'temperature': 0}, 'temperature is 0.0, must be positive'),
        ({'temperature': float('nan')}, 'temperature is nan'),
        ({'temperature': 'warm'}, 'warm'),
        ({'temperature': [1]}, 'card.yaml: '),
    ],
)
def test_a_wrong_card_is_refused_with_file_and_reason(folder, changes, message):
    (folder / cards.CARD).write_text(yaml.safe_dump(content(**changes)))
    with pytest.raises(CardError, match=message) as info:
        cards.read(folder)
    assert str(info.value).startswith(str(folder / cards.CARD))


@pytest.mark.parametrize('text', ['', '- 1\n- 2\n', 'a: [1', '\tx'])
def test_a_file_that_is_no_card_is_refused(folder, text):
    (folder / cards.CARD).write_text(text)
    with pytest.raises(CardError, match=r'card\.yaml'):
        cards.read(folder)


def test_changed_weights_are_refused(folder):
    card = cards.write(folder, content())
    (folder / 'weights.safetensors').write_bytes(b'something else')
    with pytest.raises(CardError, match=r'weights\.safetensors: sha256 is .* but the card says'):
        cards.read_weights(card)


def test_missing_weights_are_refused(folder):
    card = cards.write(folder, content())
    (folder / 'weights.safetensors').unlink()
    with pytest.raises(CardError, match='No such file'):
        cards.read_weights(card)


def test_weights_that_are_no_file_are_refused(folder):
    card = cards.write(folder, content())
    weights = cards.weights_path(card)
    weights.unlink()
    os.mkfifo(weights)  # reading it would wait for ever
    with pytest.raises(CardError, match='not a regular file'):
        cards.read_weights(card)
    weights.unlink()
    weights.symlink_to('/dev/zero')
    with pytest.raises(CardError, match='not a regular file'):
        cards.read_weights(card)


def test_weights_have_a_largest_size(folder, monkeypatch):
    card = cards.write(folder, content())
    monkeypatch.setattr(cards, 'MAX_WEIGHTS', len(WEIGHTS) - 1)
    with pytest.raises(CardError, match='more than 17 bytes'):
        cards.read_weights(card)


def test_a_model_is_found_by_folder_and_by_name(folder, monkeypatch, tmp_path_factory):
    cards.write(folder, content())
    assert cards.find(str(folder)).kind == 'face_backbone'

    install = tmp_path_factory.mktemp('install')
    model = install / 'share' / 'fer_ros' / 'models' / 'mine'
    model.mkdir(parents=True)
    (model / 'weights.safetensors').write_bytes(WEIGHTS)
    cards.write(model, content())
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(install))
    assert cards.find('mine').folder == model
    assert 'mine' in cards.names()


def test_an_unknown_model_lists_the_known(folder, monkeypatch):
    with pytest.raises(CardError, match=r"no model 'nope'; known: "):
        cards.find('nope')
    with pytest.raises(CardError, match='no model'):
        cards.find('')


def test_every_committed_model_is_what_its_card_says():
    for name in MODELS:
        card = cards.find(name)
        assert len(cards.read_weights(card)) < 10_000_000
