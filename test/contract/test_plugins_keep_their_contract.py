"""Every plugin that is available keeps the contract of its kind."""

import dataclasses
import inspect

import pytest
from committed import MODELS
from tiny_corpora import MAKERS

from fer_ros import cards, models, plugins, testing


def every(kind):
    return pytest.mark.parametrize('name', plugins.available(kind))


def every_network(kind):
    """All that bring a network of their own; a file in ONNX needs none."""
    return pytest.mark.parametrize('name', [n for n in plugins.available(kind) if n != 'onnx'])


def build(kind, name, **settings):
    cls = plugins.load(kind, name)
    return cls(cls.Config(**settings))


@pytest.mark.parametrize('kind', plugins.KINDS)
def test_every_plugin_loads_and_its_settings_have_defaults(kind):
    for name in plugins.available(kind):
        config = plugins.load(kind, name).Config()
        assert dataclasses.is_dataclass(config)
        with pytest.raises(dataclasses.FrozenInstanceError):
            config.anything = 1


@every('face_detector')
def test_face_detectors(name, face_picture):
    testing.check_face_detector(build('face_detector', name), face_picture)


@every('vad')
def test_voice_activity_detectors(name):
    testing.check_vad(build('vad', name))


@every('fusion')
def test_fusions(name):
    fusion = build('fusion', name)
    testing.check_fusion(fusion, getattr(fusion, 'sizes', None))


@every('smoothing')
def test_smoothings(name):
    testing.check_smoothing(build('smoothing', name))


@every('policy')
def test_policies(name):
    testing.check_policy(build('policy', name))


@every('dataset')
def test_datasets(name, tmp_path):
    if name not in MAKERS:
        pytest.skip(f'no tiny copy of {name}')
    MAKERS[name](tmp_path)
    testing.check_dataset(build('dataset', name, root=str(tmp_path)))


@every_network('face_backbone')
def test_untrained_face_backbones(name, untrained):
    if name == 'timm':
        pytest.importorskip('timm')
    cls = plugins.load('face_backbone', name)
    card = untrained(cls, 'face_backbone', {'size': 48, 'colour': 'grey'}, channels=1)
    testing.check_face_backbone(cls(cls.Config(), card, 'cpu'))


@every_network('audio_backbone')
def test_untrained_audio_backbones(name, untrained):
    from fer_ros.audio.features import FeatureConfig

    kind = 'mfcc' if name.startswith('mfcc') else 'log_mel'
    cls = plugins.load('audio_backbone', name)
    features = FeatureConfig(kind=kind, window_s=1.0)
    card = untrained(cls, 'audio_backbone', {'kind': kind, 'window_s': 1.0}, rows=features.rows)
    testing.check_audio_backbone(cls(cls.Config(), card, 'cpu'))


@pytest.mark.parametrize('name', MODELS)
def test_committed_models(name):
    kind = cards.find(name).kind
    check = getattr(testing, f'check_{kind}')
    model = models.load_backbone(kind, name, 'cpu')
    check(model, *([model.sizes] if kind == 'fusion' else []))


def test_every_kind_has_its_contract():
    checks = {name for name, _ in inspect.getmembers(testing, inspect.isfunction)}
    assert {f'check_{kind}' for kind in plugins.KINDS} <= checks
