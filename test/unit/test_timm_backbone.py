"""The library itself is optional; a stand-in shows what is asked of it."""

import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from fer_ros import plugins
from fer_ros.face.nets_timm import TimmError


class Network(nn.Module):
    """Answers as networks of timm do."""

    def __init__(self, in_chans, num_classes):
        super().__init__()
        self.features = nn.Conv2d(in_chans, 6, 3)
        self.classifier = nn.Linear(6, num_classes)

    def forward_features(self, x):
        return self.features(x)

    def forward_head(self, x, pre_logits=False):
        assert pre_logits
        return x.mean((2, 3))

    def get_classifier(self):
        return self.classifier


@pytest.fixture
def asked(monkeypatch):
    """What create_model was called with."""
    calls = {}

    def create_model(name, pretrained, in_chans, num_classes, drop_rate, **more):
        if name == 'nothing':
            raise RuntimeError('Unknown model (nothing)')
        calls.update(name=name, pretrained=pretrained, drop_rate=drop_rate, **more)
        return Network(in_chans, num_classes)

    fake = SimpleNamespace(__version__='1.0', create_model=create_model)
    monkeypatch.setitem(sys.modules, 'timm', fake)
    return calls


def network(**settings):
    cls = plugins.load('face_backbone', 'timm')
    return cls.network(cls.Config(**settings), channels=1, classes=7)


def test_an_architecture_is_made_by_name_without_downloading_anything(asked):
    embeddings, logits = network(architecture='resnet18', dropout=0.5)(torch.rand(2, 1, 32, 32))
    assert asked == {'name': 'resnet18', 'pretrained': False, 'drop_rate': 0.5}
    assert (embeddings.shape, logits.shape) == ((2, 6), (2, 7))


def test_the_size_of_the_crops_is_given_to_transformers(asked):
    network(architecture='vit_tiny_patch16_224', image_size=48)
    assert asked['img_size'] == 48


def test_an_unknown_architecture_is_named(asked):
    with pytest.raises(TimmError, match="cannot make 'nothing'"):
        network(architecture='nothing')


def test_without_timm_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'timm', None)
    with pytest.raises(TimmError, match='pip install timm'):
        network()
