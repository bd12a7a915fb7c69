import numpy as np
import onnx_files
import pytest
import torch

from fer_ros import models, onnx_network, testing
from fer_ros.audio.features import FeatureConfig, extract
from fer_ros.config import ConfigError
from fer_ros.face import tensors
from fer_ros.face.backbones_onnx import OnnxFaceInput, parse_onnx_input, prepare
from fer_ros.face.crops import FaceInput
from fer_ros.labels import index_of
from fer_ros.onnx_network import OnnxError

WORDS = ['joy', 'sadness', 'anger']
SIZE = 16
NCHW = (['n', 3, SIZE, SIZE], (2, 3))


def crops(count=3):
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture
def face(tmp_path):
    """Loads a network that tells the mean of each channel."""

    def load(shape=NCHW[0], axes=NCHW[1], card_input=None, device='cpu', net=None, **backbone):
        onnx_files.means(tmp_path / 'weights.onnx', shape, axes, **(net or {}))
        onnx_files.card(
            tmp_path, 'face_backbone', WORDS, {'size': SIZE, **(card_input or {})}, **backbone
        )
        return models.load_backbone('face_backbone', str(tmp_path), device)

    return load


def known(logits):
    return logits[:, [index_of(word) for word in WORDS]]


def test_logits_go_to_their_labels_by_name(face):
    embeddings, logits = face().infer(crops())
    np.testing.assert_allclose(known(logits), crops().mean((1, 2)) / 255, atol=1e-5)
    np.testing.assert_allclose(embeddings, known(logits), atol=1e-6)
    assert np.isneginf(logits[:, index_of('neutral')]).all()


def test_colour_scale_mean_and_deviation_are_those_of_the_card(face):
    means, deviations = [1.0, 2.0, 3.0], [2.0, 4.0, 8.0]
    card_input = {'colour': 'bgr', 'white': 255.0, 'mean': means, 'std': deviations}
    seen = known(face(card_input=card_input).infer(crops())[1])
    expected = (crops()[..., ::-1].mean((1, 2)) - means) / deviations
    np.testing.assert_allclose(seen, expected, rtol=1e-4)


def test_channels_may_come_last(face):
    backbone = face(['n', SIZE, SIZE, 3], (1, 2), layout='nhwc')
    np.testing.assert_allclose(
        known(backbone.infer(crops())[1]), crops().mean((1, 2)) / 255, atol=1e-5
    )


def test_probabilities_become_logits_that_give_them_back(face):
    backbone = face(net={'softmax': True}, scores='probabilities')
    mean = crops().mean((1, 2)) / 255
    expected = np.exp(mean) / np.exp(mean).sum(1, keepdims=True)
    np.testing.assert_allclose(np.exp(known(backbone.infer(crops())[1])), expected, atol=1e-5)


def test_outputs_are_chosen_by_name(face):
    backbone = face(
        net={'names': ('other', 'scores', 'features')},
        scores_output='scores',
        embedding_output='features',
    )
    embeddings, logits = backbone.infer(crops())
    np.testing.assert_allclose(embeddings, -crops().mean((1, 2)) / 255, atol=1e-5)
    np.testing.assert_allclose(known(logits), embeddings)


@pytest.mark.parametrize('batch', [1, 2, 8])
def test_a_file_for_batches_of_one_size_takes_any_number(face, batch):
    backbone = face([batch, 3, SIZE, SIZE])
    expected = crops(5).mean((1, 2)) / 255
    np.testing.assert_allclose(known(backbone.infer(crops(5))[1]), expected, atol=1e-5)


def test_a_face_network_in_onnx_keeps_the_contract(face):
    testing.check_face_backbone(face())


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'scores_output': 'nothing'}, "no output 'nothing'; there are logits"),
        ({'embedding_output': 'nothing'}, "no output 'nothing'"),
        ({'axes': (1, 2)}, '16 scores, the card has 3 labels'),
        ({'card_input': {'size': 32}}, 'does not take an input of'),
        ({'shape': [3, SIZE, SIZE], 'axes': (1,)}, 'has shape'),
        ({'layout': 'nhwc'}, 'does not take an input of'),
        ({'device': 'tpu'}, "device 'tpu' is not one of auto, cpu, cuda, cuda:N"),
        ({'device': 'cpu:1'}, 'is not one of'),
    ],
)
def test_a_file_that_is_not_what_its_card_says_is_refused(face, change, message):
    with pytest.raises(OnnxError, match=message):
        face(**change)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / 'weights.onnx').write_bytes(b'nothing')
    onnx_files.card(tmp_path, 'face_backbone', WORDS, {'size': SIZE})
    with pytest.raises(OnnxError, match='not a readable ONNX model'):
        models.load_backbone('face_backbone', str(tmp_path), 'cpu')


def test_the_graphics_card_is_used_where_onnxruntime_knows_it():
    both = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    assert onnx_network.providers('auto', both)[0] == ('CUDAExecutionProvider', {'device_id': 0})
    assert onnx_network.providers('cuda:2', both)[0][1] == {'device_id': 2}
    assert onnx_network.providers('cpu', both) == onnx_network.providers('auto', both[1:])
    with pytest.raises(OnnxError, match='onnxruntime-gpu'):
        onnx_network.providers('cuda', both[1:])


@pytest.mark.parametrize('colour', ['grey', 'rgb'])
@pytest.mark.parametrize('standardise', ['crop', 'fixed'])
def test_crops_are_prepared_as_for_a_network_in_torch(colour, standardise):
    theirs = FaceInput(size=SIZE, colour=colour, standardise=standardise, mean=0.4, std=0.3)
    ours = OnnxFaceInput(
        size=SIZE, colour=colour, standardise=standardise, mean=(0.4,), std=(0.3,)
    )
    expected = tensors.prepare(torch.from_numpy(crops()), theirs).numpy()
    np.testing.assert_allclose(np.moveaxis(prepare(crops(), ours), -1, 1), expected, atol=1e-4)


def test_one_number_means_all_channels_and_two_mean_nothing():
    assert parse_onnx_input({'mean': 0.5, 'eyes': [[0.3, 0.4], [0.7, 0.4]]}).mean == (0.5,)
    with pytest.raises(ConfigError, match='mean: 2 numbers for 3 channels'):
        parse_onnx_input({'mean': [0.5, 0.5]})


def sound(count=2, size=8000):
    return np.random.default_rng(0).uniform(-1, 1, (count, size)).astype(np.float32)


def voice(folder, card_input, shape, axes, labels, **backbone):
    onnx_files.means(folder / 'weights.onnx', shape, axes)
    onnx_files.card(folder, 'audio_backbone', labels, card_input, **backbone)
    return models.load_backbone('audio_backbone', str(folder), 'cpu')


def test_a_voice_network_may_read_sound_itself(tmp_path):
    card_input = {'kind': 'samples', 'window_s': 1.0, 'rate_hz': 8000, 'standardise': True}
    backbone = voice(tmp_path, card_input, ['n', 1, 'samples'], (2,), ['calm'])
    assert (backbone.rate_hz, backbone.window_s) == (8000, 1.0)
    np.testing.assert_allclose(backbone.infer_own_labels(sound())[1], 0.0, atol=1e-5)
    testing.check_audio_backbone(backbone)


@pytest.mark.parametrize('layout', ['rows_frames', 'frames_rows'])
def test_a_voice_network_may_read_features_in_either_order(tmp_path, layout):
    features = FeatureConfig(window_s=1.0, mel_bands=8, coefficients=8)
    card_input = {'window_s': 1.0, 'mel_bands': 8, 'coefficients': 8}
    labels = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised']
    axes = (3,) if layout == 'rows_frames' else (2,)
    backbone = voice(tmp_path, card_input, ['n', 1, 'a', 'b'], (*axes, 1), labels, layout=layout)
    seen = backbone.infer_own_labels(sound(size=16000))[1]
    np.testing.assert_allclose(seen, extract(sound(size=16000), features).mean(-1), atol=1e-4)
