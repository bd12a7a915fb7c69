import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from fer_ros.benchmarks.floor import (
    measured_rates,
    model_multiply_adds,
    multiply_adds,
    yunet_multiply_adds,
)
from fer_ros.benchmarks.machine import Machine, machine
from fer_ros.benchmarks.onnx_graph import onnx_multiply_adds
from fer_ros.benchmarks.processes import shared_memory_mb, usage
from fer_ros.benchmarks.spread import spread
from fer_ros.benchmarks.tables import markdown_table, text_table
from fer_ros.face.yunet import YuNetDetector


def test_a_spread_is_that_of_numpy():
    times_ms = np.random.default_rng(0).gamma(2.0, 3.0, 500)
    found = spread((times_ms * 1e6).astype(int).tolist())
    assert found.runs == 500
    assert found.mean_ms == pytest.approx(times_ms.mean(), rel=1e-3)
    for percent, value in ((50, found.p50_ms), (95, found.p95_ms), (99, found.p99_ms)):
        assert value == pytest.approx(np.percentile(times_ms, percent), rel=1e-3)
    assert found.min_ms == pytest.approx(times_ms.min(), abs=1e-3)
    assert found.max_ms == pytest.approx(times_ms.max(), rel=1e-3)


def test_multiply_adds_of_a_convolution_and_a_linear_layer():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(8, 8, 3, padding=1, groups=8),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * 5 * 5, 7),
    )
    expected = 25 * 8 * 3 * 9 + 25 * 8 * 9 + 200 * 7
    assert multiply_adds(network, (3, 10, 10)) == expected


def test_multiply_adds_of_a_recurrent_layer():
    """Three gates, each with a product of the input and one of the state, in both directions."""
    network = torch.nn.GRU(6, 4, batch_first=True, bidirectional=True)
    assert multiply_adds(network, (11, 6)) == 11 * 2 * 3 * 4 * (6 + 4)


def test_multiply_adds_of_the_detector_follow_the_reduced_picture():
    small = yunet_multiply_adds(YuNetDetector.Config(), 320, 256)
    assert small == pytest.approx(69e6, rel=0.01)
    assert yunet_multiply_adds(YuNetDetector.Config(), 1280, 1024) == small
    assert yunet_multiply_adds(YuNetDetector.Config(input_size=640), 640, 512) == 4 * small


def test_multiply_adds_of_a_graph(tmp_path):
    """A convolution to 8 x 5 x 5, which is flattened and multiplied to 7."""
    weights = {'filters': (8, 3, 3, 3), 'matrix': (200, 7)}
    graph = helper.make_graph(
        [
            helper.make_node(
                'Conv', ['given', 'filters'], ['seen'], strides=[2, 2], pads=[1, 1, 1, 1]
            ),
            helper.make_node('Relu', ['seen'], ['positive']),
            helper.make_node('Flatten', ['positive'], ['flat']),
            helper.make_node('Gemm', ['flat', 'matrix'], ['found']),
        ],
        'net',
        [helper.make_tensor_value_info('given', TensorProto.FLOAT, ['n', 3, 'h', 'w'])],
        [helper.make_tensor_value_info('found', TensorProto.FLOAT, ['n', 7])],
        [numpy_helper.from_array(np.ones(shape, np.float32), n) for n, shape in weights.items()],
    )
    path = tmp_path / 'net.onnx'
    onnx.save(helper.make_model(graph), path)
    assert onnx_multiply_adds(path, (1, 3, 10, 10)) == 8 * 25 * 27 + 200 * 7


def test_counting_leaves_the_network_as_it_was():
    network = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Dropout())
    network.train()
    assert multiply_adds(network, (4,)) == multiply_adds(network, (4,)) == 8
    assert network.training


def test_models_of_torch_are_counted_by_their_cards():
    assert model_multiply_adds('face_backbone', 'face_ferplus') == pytest.approx(54e6, rel=0.01)
    voice = model_multiply_adds('audio_backbone', 'voice_ravdess_nemo')
    assert voice == pytest.approx(49.6e6, rel=0.01)


def test_rates_are_of_the_best_try():
    now_s = [0.0]

    def timer():
        now_s[0] += 0.5
        return now_s[0]

    rates = measured_rates(1, timer)
    assert rates.multiply_adds == pytest.approx(2 * 768**3)
    assert rates.bytes == 160e6
    assert torch.get_num_threads() >= 1


def test_usage_of_this_process():
    before = usage()
    kept = np.ones(20_000_000)
    after = usage()
    assert after.rss_mb - before.rss_mb == pytest.approx(kept.nbytes / 1e6, abs=20)
    assert after.peak_rss_mb >= after.rss_mb
    assert after.cpu_s >= before.cpu_s
    assert after.threads >= 1


def test_usage_is_read_of_a_program_with_any_name(tmp_path):
    folder = tmp_path / '42'
    folder.mkdir()
    (folder / 'status').write_text(
        'Name:\ta) b\nVmHWM:\t 3000 kB\nVmRSS:\t 2000 kB\nThreads:\t5\n'
    )
    (folder / 'stat').write_text('42 (a) b) S 1 1 1 0 -1 4194304 0 0 0 0 150 50 0 0 20 0 5 0\n')
    used = usage(42, tmp_path)
    assert used.cpu_s == pytest.approx(2.0)  # 200 ticks of 10 ms
    assert (used.rss_mb, used.peak_rss_mb, used.threads) == (2.048, 3.072, 5)


def test_a_busy_machine_is_told():
    calm = Machine('cpu', 2, 0.3, '3.11', {})
    busy = Machine('cpu', 2, 1.7, '3.11', {})
    assert calm.warning == ''
    assert 'load 1.7 on 2 cores' in busy.warning


def test_this_machine_is_described():
    here = machine()
    assert here.cores >= 1
    assert here.cpu
    assert f'torch {torch.__version__}' in here.summary


def test_tables():
    head, rows = ('stage', 'ms'), [('detect', '6.70'), ('fuse', '0.13')]
    assert text_table(head, rows) == 'stage     ms\ndetect  6.70\nfuse    0.13'
    assert markdown_table(head, rows) == (
        '| stage | ms |\n| --- | ---: |\n| detect | 6.70 |\n| fuse | 0.13 |'
    )


def test_memory_that_processes_share_is_counted_by_their_shares(tmp_path):
    (tmp_path / '7').mkdir()
    (tmp_path / '7' / 'smaps_rollup').write_text(
        '5581-7ffd ---p 00000000 00:00 0 [rollup]\nRss: 9000 kB\nPss: 4000 kB\nPss_Anon: 10 kB\n'
    )
    assert shared_memory_mb(7, tmp_path) == pytest.approx(4.096)
