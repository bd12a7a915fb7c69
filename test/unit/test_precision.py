"""Fewer bits: the same answers, or an error; here on the CPU, where PyTorch has them as well."""

from itertools import islice

import numpy as np
import pytest
import torch

from fer_ros import cli, compute, config, golden, models, plugins, precision, torch_backbone
from fer_ros.labels import LABELS, softmax
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.precision import PrecisionError

MODELS = {'face_ferplus': 'face_backbone', 'voice_ravdess_nemo': 'audio_backbone'}
every_model = pytest.mark.parametrize(('name', 'kind'), MODELS.items())
half = pytest.mark.parametrize('wanted', ['float16', 'bfloat16'])


class Fragile:
    """A face backbone whose answers are others in half precision, or no numbers."""

    crop_size = 16
    crop_margin = 0.0
    crop_eyes = None

    def __init__(self, broken):
        self.precision = 'float32'
        self._broken = broken

    def infer(self, crops):
        logits = np.zeros((len(crops), len(LABELS)), np.float32)
        if self.precision != 'float32':
            logits[:, 1] = self._broken
        return np.zeros((len(crops), 4), np.float32), logits


@every_model
@half
def test_half_precision_answers_as_float32_does(name, kind, wanted):
    exact = models.load_backbone(kind, name, 'cpu')
    fewer = models.load_backbone(kind, name, 'cpu', precision=wanted)
    assert fewer.precision == wanted
    answers = [golden.logits(kind, backbone) for backbone in (exact, fewer)]
    assert answers[1].dtype == np.float32
    off = np.abs(softmax(answers[1]) - softmax(answers[0])).max()
    assert 0 < off <= precision.TOLERANCE


@pytest.fixture(scope='module')
def real_crops(data_folder):
    settings = {'plugin': 'fer2013plus', 'root': str(data_folder)}
    dataset = plugins.build('dataset', config.parse_chosen('dataset', settings, 'fer2013plus'))
    grey = [example['input'] for example in islice(dataset.examples('val'), 200)]
    return np.repeat(np.stack(grey)[..., None], 3, axis=3)


@pytest.mark.data
@half
def test_half_precision_reads_real_faces_as_float32_does(wanted, real_crops):
    crops = real_crops
    exact = softmax(models.load_backbone('face_backbone', 'face_ferplus', 'cpu').infer(crops)[1])
    fewer = models.load_backbone('face_backbone', 'face_ferplus', 'cpu', precision=wanted)
    found = softmax(fewer.infer(crops)[1])
    assert np.abs(found - exact).mean() < 0.002
    assert (found.argmax(1) == exact.argmax(1)).mean() > 0.99


@pytest.mark.parametrize('broken', [5.0, np.nan, np.inf])
def test_a_model_that_does_not_bear_it_is_refused(broken):
    backbone = Fragile(broken)
    with pytest.raises(PrecisionError, match="precision 'float16': a probability is off by"):
        precision.set_precision('face_backbone', backbone, 'float16', 'cpu')
    assert backbone.precision == 'float32'


def test_auto_takes_what_is_fast_where_the_answers_stay_the_same(monkeypatch):
    monkeypatch.setattr(compute, 'fast_precision', lambda device: 'float16')
    for broken, chosen in ((0.001, 'float16'), (5.0, 'float32')):
        backbone = Fragile(broken)
        precision.set_precision('face_backbone', backbone, 'auto', 'cuda')
        assert backbone.precision == chosen


def test_a_backbone_without_the_choice_stays_as_it_is():
    backbone = models.load_backbone('face_backbone', 'face_ferplus', 'cpu')
    precision.set_precision('face_backbone', backbone, 'float16', 'cpu')
    assert precision.precision_of(backbone) == ''
    assert precision.golden_tolerance(backbone) == golden.TOLERANCE


def test_auto_on_a_processor_is_float32():
    assert compute.fast_precision('cpu') == 'float32'


@pytest.mark.parametrize(
    ('capability', 'chosen'), [((5, 3), 'float32'), ((7, 2), 'float16'), ((9, 0), 'float16')]
)
def test_auto_on_a_gpu_is_float16_where_it_has_units_for_that(monkeypatch, capability, chosen):
    monkeypatch.setattr(torch.cuda, 'get_device_capability', lambda device: capability)
    assert torch_backbone.fast_precision(torch.device('cuda')) == chosen


def test_the_pipeline_says_what_it_computes_in():
    settings = PipelineConfig(device='cpu', precision='bfloat16')
    facts = EmotionPipeline.load(settings).facts()
    assert (facts['face precision'], facts['voice precision']) == ('bfloat16', 'bfloat16')
    assert 'face precision' not in EmotionPipeline.load(PipelineConfig(device='cpu')).facts()


def test_golden_answers_hold_in_half_precision(capsys):
    assert cli.main(['models', 'verify', *MODELS, '--precision', 'bfloat16']) == 0
    assert capsys.readouterr().out.count(': ok') == len(MODELS)


def test_an_unknown_precision_is_refused():
    with pytest.raises(config.ConfigError, match='precision'):
        config.parse(PipelineConfig, {'precision': 'int8'})
