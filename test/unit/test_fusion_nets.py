import numpy as np
import pytest
import torch

from fakes import C, seconds
from fer_ros.config import parse
from fer_ros.fusion import nets
from fer_ros.fusion.nets_base import CELLS, NETS, NetConfig
from fer_ros.fusion.packing import AGE_S, EMBEDDING, pack
from fer_ros.types import Features

SIZES = {'face': 12, 'text': 5, 'voice': 8}
COLUMNS = [0, 1, 2, 4]
every_net = pytest.mark.parametrize('plugin', NETS)


def network(plugin, seed=0, trained=True, **settings):
    torch.manual_seed(seed)
    config = parse(NetConfig, {'plugin': plugin, 'width': 8, 'heads': 2, 'steps': 3, **settings})
    net = nets.build(SIZES, COLUMNS, config).eval()
    if trained:
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return net


def evidence(names=tuple(SIZES), moments=3, seed=0):
    rng = np.random.default_rng(seed)
    return {
        name: [
            Features(
                seconds(step),
                rng.normal(size=SIZES[name]).astype(np.float32),
                rng.normal(size=C).astype(np.float32),
                0.7,
            )
            for step in range(moments)
        ]
        for name in names
    }


def logits(net, *several):
    rows = [pack(one, [tuple(sorted(one))], SIZES, 3) for one in several]
    with torch.inference_mode():
        return net(torch.from_numpy(np.concatenate(rows)))[1]


@every_net
def test_an_untrained_net_is_the_product_of_the_probabilities(plugin):
    given = evidence(moments=1)
    got = logits(network(plugin, trained=False), given)[0]
    wanted = np.sum([track[-1].logits for track in given.values()], axis=0)[COLUMNS]
    np.testing.assert_allclose(
        torch.softmax(got, 0), torch.softmax(torch.tensor(wanted), 0), atol=1e-4
    )


@every_net
def test_any_subset_gives_finite_logits_whatever_else_is_in_the_batch(plugin):
    net = network(plugin)
    cases = [evidence(('voice',)), evidence(('face', 'text')), evidence(moments=1)]
    together = logits(net, *cases)
    assert torch.isfinite(together).all()
    for row, case in zip(together, cases, strict=True):
        torch.testing.assert_close(row, logits(net, case)[0], rtol=1e-4, atol=1e-5)


@every_net
def test_embeddings_matter(plugin):
    given, other = evidence(), evidence(seed=0)
    newest = other['face'][-1]
    changed = Features(newest.stamp_ns, -newest.embedding, newest.logits, newest.quality)
    other['face'] = [*other['face'][:-1], changed]
    first, second = logits(network(plugin), given, other)
    assert not torch.allclose(first, second, atol=1e-4)


@pytest.mark.parametrize('plugin', ['recurrent', 'cross_attention', 'graph'])
def test_nets_on_sequences_look_at_earlier_moments(plugin):
    net = network(plugin)
    first, second = logits(net, evidence(moments=3), {k: v[-1:] for k, v in evidence().items()})
    assert not torch.allclose(first, second, atol=1e-4)


@every_net
def test_nets_are_small(plugin):
    net = nets.build({'face': 192, 'voice': 128}, range(7), parse(NetConfig, {'plugin': plugin}))
    assert sum(p.numel() for p in net.parameters()) < 100_000


def packed(given, steps=3):
    return torch.from_numpy(pack(given, [tuple(sorted(given))], SIZES, steps))


@pytest.mark.parametrize('cell', CELLS)
def test_a_recurrent_net_reads_the_order_and_the_time_between_moments(cell):
    net, given = network('recurrent', cell=cell), packed(evidence())
    other_order = given.clone()
    other_order[:, :, :2, EMBEDDING:] = given[:, :, :2, EMBEDDING:].flip(2)
    slower = given.clone()
    slower[..., AGE_S] *= 2
    with torch.inference_mode():
        answers = [net(one)[1] for one in (given, other_order, slower)]
    assert not torch.allclose(answers[0], answers[1], atol=1e-4)
    assert not torch.allclose(answers[0], answers[2], atol=1e-4)


@pytest.mark.parametrize('cell', CELLS)
def test_a_moment_that_is_missing_leaves_the_state_as_it_was(cell):
    net, given = network('recurrent', cell=cell), packed(evidence(moments=2), steps=2)
    between = torch.zeros(1, len(SIZES), 4, given.shape[-1])
    between[:, :, 1], between[:, :, 3] = given[:, :, 0], given[:, :, 1]
    with torch.inference_mode():
        torch.testing.assert_close(net(given)[1], net(between)[1])
