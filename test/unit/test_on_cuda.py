"""What only a GPU can show; skipped where there is none."""

import json

import numpy as np
import pytest
import torch

from fer_ros import cli, compute, golden, models
from fer_ros.labels import softmax
from fer_ros.precision import TOLERANCE

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no CUDA device'),
]
MODELS = {'face_ferplus': 'face_backbone', 'voice_ravdess_nemo': 'audio_backbone'}
every_model = pytest.mark.parametrize(('name', 'kind'), MODELS.items())
TENSOR_FLOAT = 0.005
"""Convolutions in float32 have 11 significant bits on newer GPUs (TF32)."""


@every_model
@pytest.mark.parametrize(
    ('precision', 'most'),
    [('float32', TENSOR_FLOAT), ('float16', TOLERANCE), ('bfloat16', TOLERANCE)],
)
def test_a_gpu_answers_as_the_processor_does(name, kind, precision, most):
    on_cpu = models.load_backbone(kind, name, 'cpu')
    on_gpu = models.load_backbone(kind, name, 'cuda', precision=precision)
    assert on_gpu.precision == precision
    answers = [softmax(golden.logits(kind, backbone)) for backbone in (on_cpu, on_gpu)]
    assert np.abs(answers[1] - answers[0]).max() <= most


@every_model
@pytest.mark.parametrize('count', [0, 1, 1500])
def test_many_at_once_get_the_answers_of_one_by_one(name, kind, count):
    backbone = models.load_backbone(kind, name, 'cuda', precision='float32')
    fixed = (
        golden.crops(backbone.crop_size)
        if kind == 'face_backbone'
        else golden.sound(backbone.rate_hz, backbone.window_s)
    )
    inputs = fixed[np.arange(count) % 2]
    logits = backbone.infer(inputs)[1]
    alone = golden.logits(kind, backbone)
    np.testing.assert_allclose(
        softmax(logits), softmax(alone)[np.arange(count) % 2], atol=TENSOR_FLOAT
    )


@every_model
def test_a_model_that_is_dropped_leaves_the_memory_of_the_device(name, kind):
    left = []
    for _ in range(2):  # libraries keep work space of their own from the first one on
        backbone = models.load_backbone(kind, name, 'cuda')
        golden.logits(kind, backbone)
        in_use = torch.cuda.memory_allocated()
        del backbone
        compute.free_memory()
        left.append(torch.cuda.memory_allocated())
        assert left[-1] < in_use
    assert left[1] == left[0]


def test_the_benchmark_names_the_gpu_and_its_memory(capsys):
    words = ['bench', 'device', '--device', 'cuda', '--batch', '8', '--seconds', '0.01']
    assert cli.main([*words, '--format', 'json']) == 0
    told = json.loads(capsys.readouterr().out)
    assert torch.cuda.get_device_name() in told['device']
    assert len(told['found']) == 6
    assert all(each['runtime'] == 'PyTorch' for each in told['found'])
    assert all(each['device_mb'] > 0 for each in told['found'])
