"""Models of ours on a processor: their graph in onnxruntime, without PyTorch."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from fer_ros import cards, compute, golden, models
from fer_ros.onnx_network import OnnxError

NAMES = {'face_ferplus': 'face_backbone', 'voice_ravdess_nemo': 'audio_backbone'}


@pytest.fixture
def copy(tmp_path):
    def make(name='face_ferplus'):
        return shutil.copytree(cards.find(name).folder, tmp_path / name)

    return make


@pytest.mark.parametrize(('name', 'kind'), NAMES.items())
def test_the_graph_gives_the_answers_of_the_network_in_pytorch(name, kind):
    fast = models.load_backbone(kind, name, 'cpu')
    original = models.build_backbone(cards.find(name), 'cpu')
    assert type(fast) is not type(original)
    answers = [golden.logits(kind, backbone) for backbone in (fast, original)]
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_a_face_gets_the_same_answer_to_the_bit_alone_and_among_others():
    backbone = models.load_backbone('face_backbone', 'face_ferplus', 'cpu')
    crops = np.random.default_rng(0).integers(0, 256, (9, 48, 48, 3), dtype=np.uint8)
    together = backbone.infer(crops)
    for number, crop in enumerate(crops):
        alone = backbone.infer(crop[None])
        assert all((a[0] == t[number]).all() for a, t in zip(alone, together, strict=True))


def test_the_default_pipeline_does_not_import_torch():
    if not compute.is_processor('auto'):
        pytest.skip('there is a GPU, which torch is for')
    code = (
        'import sys\n'
        'from fer_ros.pipeline import EmotionPipeline, PipelineConfig\n'
        'EmotionPipeline.load(PipelineConfig()).facts()\n'
        'print("torch" in sys.modules)'
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == 'False'


def test_without_a_graph_a_model_runs_in_pytorch(copy):
    folder = copy()
    text = (folder / cards.CARD).read_text()
    start = text.index('graph:\n')
    end = start + text[start:].index('sha256') + len('sha256: ') + 65
    (folder / cards.CARD).write_text(text[:start] + text[end:])
    assert cards.read(folder).graph_file == ''
    backbone = models.load_backbone('face_backbone', str(folder), 'cpu')
    assert backbone.infer(golden.crops(48))[1].shape == (2, 8)
    assert hasattr(backbone, 'loaded')


def test_a_graph_of_another_hash_is_refused(copy):
    folder = copy()
    (folder / 'network.onnx').write_bytes(b'another')
    with pytest.raises(cards.CardError, match=r'network\.onnx: sha256 is .* the card says'):
        models.load_backbone('face_backbone', str(folder), 'cpu')


def test_weights_that_are_missing_are_an_error(copy):
    from safetensors.numpy import load_file, save_file

    folder = copy()
    weights = folder / 'weights.safetensors'
    tensors = load_file(weights)
    tensors.pop('stem.conv.weight')
    old = cards.sha256_of(weights)
    save_file(tensors, weights)
    text = (folder / cards.CARD).read_text().replace(old, cards.sha256_of(weights))
    (folder / cards.CARD).write_text(text)
    with pytest.raises(OnnxError, match='not a readable ONNX model'):
        models.load_backbone('face_backbone', str(folder), 'cpu')


@pytest.mark.parametrize('graph', ["{file: '../n.onnx', sha256: ''}", '[]', '{file: n.onnx}'])
def test_what_a_card_says_of_its_graph_is_checked(copy, graph):
    folder = copy()
    text = (folder / cards.CARD).read_text().replace('graph:\n', 'wrong:\n')
    (folder / cards.CARD).write_text(
        f'graph: {graph}\n' + text.replace('wrong:\n', '').replace('  file: network.onnx\n', '')
    )
    with pytest.raises(cards.CardError, match=r'card\.yaml'):
        cards.read(folder)


def test_a_graph_is_written_for_a_model_that_has_none(copy):
    pytest.importorskip('onnxscript', reason='the extra train is not installed')
    from fer_ros.training import graph

    folder = copy()
    before = cards.read(folder)
    (folder / 'network.onnx').unlink()
    card = graph.add_graph(folder)
    assert card.graph_sha256 == cards.sha256_of(folder / 'network.onnx')
    assert card.sha256 == before.sha256
    golden.check(folder, 'face_backbone', models.load_backbone('face_backbone', str(folder)))


def test_what_auto_means_without_a_driver(monkeypatch):
    monkeypatch.setattr(compute, '_DRIVER', 'no_such_library.so')
    compute._driver_sees_a_gpu.cache_clear()
    try:
        assert compute.is_processor('auto')
        assert compute.device_in_use('auto') == 'cpu'
        assert not compute.is_processor('cuda:1')
    finally:
        compute._driver_sees_a_gpu.cache_clear()
