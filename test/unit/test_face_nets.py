import dataclasses

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_ros import cards, plugins
from fer_ros.config import ConfigError
from fer_ros.face import tensors
from fer_ros.face.crops import FaceInput, dump_input, parse_input
from fer_ros.labels import LABELS
from fer_ros.torch_backbone import BackboneError, choose_device

NAMES = sorted(
    name
    for name, path in plugins.BUILT_IN['face_backbone'].items()
    if path.startswith('fer_ros.face.backbones:')
)
every_network = pytest.mark.parametrize('name', NAMES)
PARAMETERS = {
    'fast_resnet': 1_296_184,
    'mini_xception': 58_104,
    'resnet': 695_784,
    'simple_cnn': 348_168,
    'vgg': 287_912,
}


def network(name, channels=1, classes=8):
    cls = plugins.load('face_backbone', name)
    torch.manual_seed(0)
    return cls.network(cls.Config(), channels, classes)


@pytest.fixture
def make_card(tmp_path):
    """Writes the card of an untrained network, for eight labels of which two mean neutral."""

    def make(name):
        weights = tmp_path / 'weights.safetensors'
        save_file(network(name).state_dict(), weights)
        return cards.write(
            tmp_path,
            {
                'schema': cards.SCHEMA,
                'kind': 'face_backbone',
                'backbone': {'plugin': name},
                'labels': ['calm', *LABELS[:7]],
                'input': {'size': 48, 'colour': 'grey'},
                'weights': {'file': weights.name, 'sha256': cards.sha256_of(weights)},
                'licence': 'Apache-2.0',
            },
        )

    return make


@every_network
def test_has_the_parameters_that_are_documented(name):
    assert sum(p.numel() for p in network(name).parameters()) == PARAMETERS[name]


@every_network
@pytest.mark.parametrize(('channels', 'size', 'count'), [(1, 48, 3), (3, 64, 2), (1, 48, 0)])
def test_maps_crops_to_embeddings_and_logits(name, channels, size, count):
    net = network(name, channels, 7).eval()
    embedding, logits = net(torch.rand(count, channels, size, size))
    assert logits.shape == (count, 7)
    assert embedding.ndim == 2
    assert len(embedding) == count


@every_network
def test_every_weight_learns(name):
    net = network(name)
    _, logits = net(torch.rand(4, 1, 48, 48))
    logits.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


@every_network
def test_runs_as_it_was_trained(name, make_card):
    cls = plugins.load('face_backbone', name)
    card = make_card(name)
    net = network(name).eval()
    crops = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3), dtype=np.uint8)
    with torch.no_grad():
        expected, _ = net(tensors.prepare(torch.from_numpy(crops), FaceInput()))
    embedding, _ = cls(cls.Config(), card, 'cpu').infer(crops)
    assert np.allclose(embedding, expected.numpy(), atol=1e-4)


def test_temperature_divides_the_logits(make_card):
    cls = plugins.load('face_backbone', 'simple_cnn')
    card = make_card('simple_cnn')
    crops = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    plain = cls(cls.Config(), card, 'cpu').infer(crops)[1]
    warm = cls(cls.Config(), dataclasses.replace(card, temperature=4.0), 'cpu').infer(crops)[1]
    known = np.isfinite(plain)
    known[:, 0] = False  # calm and neutral are joined after the division
    assert np.allclose(warm[known], plain[known] / 4.0, atol=1e-5)


def test_weights_of_another_network_are_refused(make_card):
    card = make_card('simple_cnn')
    other = plugins.load('face_backbone', 'vgg')
    with pytest.raises(BackboneError, match='does not fit'):
        other(other.Config(), card, 'cpu')


def test_changed_weights_are_refused(make_card):
    cls = plugins.load('face_backbone', 'simple_cnn')
    card = make_card('simple_cnn')
    with (card.folder / card.weights_file).open('ab') as file:
        file.write(b'x')
    with pytest.raises(cards.CardError, match='sha256'):
        cls(cls.Config(), card, 'cpu')


@pytest.mark.parametrize('name', ['tpu', 'cuda:99', 'meta'])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(BackboneError, match=name):
        choose_device(name)


def test_grey_is_that_of_opencv():
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    ours = tensors.to_unit(torch.from_numpy(crops), FaceInput())[:, 0].numpy()
    theirs = np.stack([cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops])
    assert np.abs(ours * 255 - theirs).max() < 1.0


def test_a_grey_crop_means_the_same_as_its_rgb_copy():
    grey = torch.randint(0, 256, (2, 48, 48), dtype=torch.uint8)
    rgb = grey[..., None].expand(-1, -1, -1, 3)
    ours = tensors.prepare(grey, FaceInput())
    assert torch.allclose(ours, tensors.prepare(rgb, FaceInput()), atol=1e-4)


def test_standardised_crops_do_not_depend_on_light():
    crop = torch.randint(40, 100, (1, 48, 48), dtype=torch.uint8)
    brighter = crop * 2 + 20
    assert torch.allclose(
        tensors.prepare(crop, FaceInput()), tensors.prepare(brighter, FaceInput()), atol=1e-4
    )


def test_a_flat_crop_stays_finite():
    crop = torch.full((1, 48, 48), 77, dtype=torch.uint8)
    assert tensors.prepare(crop, FaceInput()).abs().max() < 1e-3


def test_input_of_a_card_comes_back_whole():
    face_input = FaceInput(size=64, colour='rgb', margin=0.2, eyes=((0.3, 0.4), (0.7, 0.4)))
    assert parse_input(dump_input(face_input)) == face_input
    assert parse_input({'size': 48}).eyes is None


@pytest.mark.parametrize(
    'eyes', [[0.3, 0.4], [[0.7, 0.4], [0.3, 0.4]], [[0.3, 0.4], [1.7, 0.4]], 'none', None]
)
def test_eyes_that_make_no_sense_are_refused(eyes):
    with pytest.raises(ConfigError, match=r'input\.eyes'):
        parse_input({'eyes': eyes})


def test_an_unknown_key_of_the_input_is_refused():
    with pytest.raises(ConfigError, match='colour'):
        parse_input({'color': 'grey'})
