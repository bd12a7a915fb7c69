"""A network in batches, on a device that may have no memory left."""

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


def test_no_inputs_give_no_answers_also_where_operators_take_no_empty_batch(card):
    def prepare(batch):
        return torch.fft.irfft(torch.fft.rfft(batch), n=4)

    nothing = np.empty((0, 4), np.float32)
    embeddings, logits = torch_backbone.run(Net().eval(), nothing, prepare, card, CPU)
    assert (embeddings.shape, logits.shape) == ((0, 4), (0, len(LABELS)))


@pytest.mark.parametrize('count', [1, 64, 65, 200])
def test_batches_are_joined_in_order(card, count):
    net = Net().eval()
    sizes = []

    def prepare(batch):
        sizes.append(len(batch))
        return batch

    inputs = np.random.default_rng(0).standard_normal((count, 4)).astype(np.float32)
    embeddings, logits = torch_backbone.run(net, inputs, prepare, card, CPU)
    assert sum(sizes) == count
    assert max(sizes) <= 64
    np.testing.assert_array_equal(embeddings, inputs)
    with torch.no_grad():
        np.testing.assert_allclose(logits, net(torch.from_numpy(inputs))[1], atol=1e-6)


def test_large_inputs_come_in_smaller_batches(card):
    sizes = []

    def prepare(batch):
        sizes.append(len(batch))
        return batch[:, :4]

    inputs = np.zeros((5, 6 * 2**20), np.float32)  # 24 MiB each
    torch_backbone.run(Net().eval(), inputs, prepare, card, CPU)
    assert sizes == [2, 2, 1]


def test_what_is_prepared_is_float32_in_half_precision_too(card):
    seen = []

    def prepare(batch):
        seen.append((batch * 1.0).dtype)
        return batch

    net = Net().eval()
    net.register_forward_hook(lambda _, __, answers: seen.append(answers[1].dtype))
    inputs = np.ones((2, 4), np.float32)
    answers = torch_backbone.run(net, inputs, prepare, card, CPU, 'bfloat16')
    assert seen == [torch.float32, torch.bfloat16]
    assert {answer.dtype for answer in answers} == {np.dtype(np.float32)}
