import hashlib
from dataclasses import dataclass

import pytest

from fer_ros import cards
from fer_ros.config import ConfigError, setting
from fer_ros.models import load_backbone
from fer_ros.plugins import PluginError


class Backbone:
    """Keeps what it was built from."""

    @dataclass(frozen=True)
    class Config:
        width: int = setting(8, 'Width')

    def __init__(self, config, card, device):
        self.config, self.card, self.device = config, card, device
        self.crop_size, self.crop_margin, self.crop_eyes = 48, 0.0, None

    def infer(self, crops):
        raise AssertionError('only built')


@pytest.fixture
def make_model(tmp_path):
    def make(**backbone):
        (tmp_path / 'weights.onnx').write_bytes(b'')
        cards.write(
            tmp_path,
            {
                'schema': 1,
                'kind': 'face_backbone',
                'backbone': backbone,
                'labels': ['happy', 'sad'],
                'input': {},
                'weights': {'file': 'weights.onnx', 'sha256': hashlib.sha256(b'').hexdigest()},
                'licence': 'Apache-2.0',
            },
        )
        return str(tmp_path)

    return make


def test_the_card_names_class_and_settings(make_model):
    name = make_model(plugin='test_models:Backbone', width=32)
    backbone = load_backbone('face_backbone', name, 'cpu')
    assert type(backbone).__name__ == 'Backbone'
    assert (backbone.config.width, backbone.device) == (32, 'cpu')
    assert backbone.card.labels == ('happy', 'sad')


def test_a_model_of_the_other_kind_is_refused(make_model):
    name = make_model(plugin='test_models:Backbone')
    with pytest.raises(cards.CardError, match='is a face_backbone, not a audio_backbone'):
        load_backbone('audio_backbone', name)


def test_an_unknown_setting_of_the_backbone_is_named(make_model):
    name = make_model(plugin='test_models:Backbone', depth=3)
    with pytest.raises(ConfigError, match=r'backbone\.depth: unknown setting; known here: width'):
        load_backbone('face_backbone', name)


def test_a_backbone_that_does_not_exist_is_named(make_model):
    with pytest.raises(PluginError, match="unknown face_backbone plugin 'nope'"):
        load_backbone('face_backbone', make_model(plugin='nope'))
