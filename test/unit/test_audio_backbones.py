import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_ros import cards, config, labels, models, plugins
from fer_ros.audio.features import FeatureConfig, extract
from fer_ros.protocols import AudioBackbone

NAMES = ('attentive_resnet', 'crnn', 'logmel_cnn', 'mfcc_cnn')
WORDS = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised']
MOST_WEIGHTS = 500_000


def features_for(name):
    return FeatureConfig(kind='mfcc' if name == 'mfcc_cnn' else 'log_mel', window_s=1.0)


def network_of(name):
    cls = plugins.load('audio_backbone', name)
    torch.manual_seed(0)
    return cls.network(cls.Config(), features_for(name).rows, len(WORDS)).eval()


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def folder(name, tmp_path):
    """A model with random weights."""
    folder = tmp_path / name
    folder.mkdir()
    save_file(network_of(name).state_dict(), folder / 'weights.safetensors')
    content = {
        'schema': cards.SCHEMA,
        'kind': 'audio_backbone',
        'backbone': {'plugin': name},
        'labels': WORDS,
        'input': config.dump(features_for(name)),
        'weights': {
            'file': 'weights.safetensors',
            'sha256': cards.sha256_of(folder / 'weights.safetensors'),
        },
        'licence': 'Apache-2.0',
        'temperature': 2.0,
    }
    cards.write(folder, content)
    return folder


@pytest.fixture
def backbone(folder):
    return models.load_backbone('audio_backbone', str(folder), 'cpu')


def noise(count, size, seed=0):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal((count, size))).astype(np.float32)


def test_they_are_listed():
    assert set(NAMES) <= set(plugins.available('audio_backbone'))


def test_weights_are_few(name):
    weights = sum(weight.numel() for weight in network_of(name).parameters())
    assert 10_000 < weights <= MOST_WEIGHTS


@pytest.mark.parametrize('frames', [40, 118, 301])
def test_networks_take_any_length(name, frames):
    rows = features_for(name).rows
    embeddings, logits = network_of(name)(torch.randn(3, rows, frames))
    assert logits.shape == (3, len(WORDS))
    assert embeddings.shape[0] == 3
    assert embeddings.ndim == 2


def test_every_weight_learns(name):
    network = network_of(name).train()
    network(torch.randn(8, features_for(name).rows, 118))[1].square().sum().backward()
    still = [key for key, weight in network.named_parameters() if weight.grad is None]
    assert still == []


def test_the_backbone_keeps_the_protocol(backbone):
    assert isinstance(backbone, AudioBackbone)
    assert (backbone.rate_hz, backbone.window_s) == (16000, 1.0)
    for count in (0, 1, 3):
        embeddings, logits = backbone.infer(noise(count, 16000))
        assert embeddings.shape[0] == count
        assert logits.shape == (count, len(labels.LABELS))
        assert embeddings.dtype == logits.dtype == np.float32


def test_the_backbone_is_the_network_calibrated_and_in_canonical_order(name, backbone):
    samples = noise(2, 16000)
    with torch.inference_mode():
        own = network_of(name)(torch.from_numpy(extract(samples, features_for(name))))[1].numpy()
    logits = backbone.infer(samples)[1]
    np.testing.assert_allclose(logits, labels.to_canonical(own / 2.0, WORDS), atol=1e-5)
    calm_or_neutral = labels.softmax(own / 2.0)[:, :2].sum(1)
    np.testing.assert_allclose(labels.softmax(logits)[:, 0], calm_or_neutral, atol=1e-5)
    assert np.isneginf(logits[:, labels.index_of('contempt')]).all()


def test_own_labels_keep_calm_and_neutral_apart(name, backbone):
    samples = noise(2, 16000)
    own = backbone.infer_own_labels(samples)[1]
    assert own.shape == (2, len(WORDS))
    np.testing.assert_allclose(
        labels.to_canonical(own, WORDS), backbone.infer(samples)[1], atol=1e-5
    )


@pytest.mark.parametrize(
    'samples',
    [np.zeros(16000), np.ones(16000), np.sign(np.sin(np.arange(16000))), np.full(16000, 1e-30)],
    ids=['silence', 'constant', 'clipped', 'denormal'],
)
def test_any_sound_gives_finite_answers(backbone, samples):
    embeddings, logits = backbone.infer(samples[None].astype(np.float32))
    assert np.isfinite(embeddings).all()
    known = [label != 'contempt' for label in labels.LABELS]
    assert np.isfinite(logits[:, known]).all()


def test_the_level_does_not_matter(backbone):
    samples = noise(2, 16000)
    loud, soft = backbone.infer(samples)[1], backbone.infer(samples * np.float32(0.03))[1]
    np.testing.assert_allclose(labels.softmax(soft), labels.softmax(loud), atol=1e-3)


def test_a_card_with_an_unknown_input_is_refused(folder):
    card = (folder / cards.CARD).read_text(encoding='utf-8')
    (folder / cards.CARD).write_text(card.replace('hop_size', 'hop_length'), encoding='utf-8')
    with pytest.raises(config.ConfigError, match='hop_length'):
        models.load_backbone('audio_backbone', str(folder), 'cpu')
