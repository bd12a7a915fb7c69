"""A device without memory left: said in one line, and over with the next frame."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_ros import cards, torch_backbone
from fer_ros.labels import LABELS
from fer_ros.torch_backbone import BackboneError

MESSAGE = 'CUDA out of memory. Tried to allocate 2.00 GiB.\nSee the documentation.'
CPU = torch.device('cpu')


class Net(torch.nn.Module):
    """Fails as CUDA does, as often as it is told to."""

    def __init__(self, failures=0):
        super().__init__()
        self.layer = torch.nn.Linear(4, len(LABELS))
        self.failures = failures

    def forward(self, x):
        if self.failures:
            self.failures -= 1
            raise torch.cuda.OutOfMemoryError(MESSAGE)
        return x, self.layer(x)

    def to(self, *args, **kwargs):
        if self.failures:
            raise torch.cuda.OutOfMemoryError(MESSAGE)
        return super().to(*args, **kwargs)


@pytest.fixture
def card(tmp_path):
    weights = tmp_path / 'weights.safetensors'
    save_file(Net().state_dict(), weights)
    return cards.Card(
        folder=tmp_path,
        kind='face_backbone',
        backbone={},
        labels=list(LABELS),
        input={},
        weights_file=weights.name,
        sha256=cards.sha256_of(weights),
        licence='Apache-2.0',
    )


def infer(net, card):
    crops = np.ones((3, 4), np.float32)
    return torch_backbone.run(net, crops, lambda batch: batch, card, CPU)


def test_no_memory_is_told_in_one_line_and_the_next_call_works(card):
    net = Net(failures=1).eval()
    with pytest.raises(BackboneError, match='cpu has no memory left for 3 inputs') as caught:
        infer(net, card)
    assert '2.00 GiB' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert infer(net, card)[1].shape == (3, len(LABELS))


def test_a_network_that_does_not_fit_into_the_device_is_named(card):
    with pytest.raises(BackboneError, match=f'no memory left for the network of {card.name}'):
        torch_backbone.load_network(Net(failures=1), card, CPU)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no CUDA device')
def test_cuda_answers_as_the_processor_does(card):
    crops = np.random.default_rng(0).standard_normal((300, 4)).astype(np.float32)
    found = [
        torch_backbone.run(
            torch_backbone.load_network(Net(), card, device), crops, lambda b: b, card, device
        )[1]
        for device in (CPU, torch.device('cuda'))
    ]
    np.testing.assert_allclose(found[1], found[0], atol=1e-4)
