import json
from itertools import count

import numpy as np
import pytest

pytest.importorskip('torch', reason='the networks run in PyTorch as well')

from fer_ros import cli
from fer_ros.benchmarks.device import Reader, readers, throughput

WORDS = ['bench', 'device', '--device', 'cpu', '--seconds', '0.01']


class Counted:
    """A face backbone that notes how many crops it got."""

    crop_size = 16

    def __init__(self):
        self.sizes = []

    def infer(self, crops):
        self.sizes.append(len(crops))
        return np.zeros((len(crops), 1), np.float32), np.zeros((len(crops), 8), np.float32)


def test_each_way_to_run_a_model_is_measured_at_each_size(capsys):
    assert cli.main([*WORDS, '--batch', '1,3', '--format', 'json']) == 0
    told = json.loads(capsys.readouterr().out)
    assert told['device'] == 'cpu'
    found = [
        (each['modality'], each['runtime'], each['precision'], each['batch'])
        for each in told['found']
    ]
    ways = [('onnxruntime', 'float32'), ('PyTorch', 'float32'), ('PyTorch', 'bfloat16')]
    assert found == [
        (modality, *way, batch)
        for modality in ('face', 'voice')
        for way in ways
        for batch in (1, 3)
    ]
    assert all(each['examples_per_s'] > 0 and each['device_mb'] is None for each in told['found'])


def test_the_table_ends_with_the_fastest(capsys):
    words = [*WORDS, '--only', 'face', '--batch', '2', '--precision', 'float32']
    assert cli.main([*words, '--format', 'markdown']) == 0
    out = capsys.readouterr().out
    assert '| face face_ferplus | onnxruntime | float32 | 2 |' in out
    assert '| face face_ferplus | PyTorch | float32 | 2 |' in out
    assert 'face: at most ' in out
    assert 'voice' not in out


def test_a_rate_is_the_batch_over_the_median_and_warming_up_does_not_count():
    backbone = Counted()
    ticks = count(0, 20_000_000)  # 20 ms from one look at the clock to the next
    reader = Reader('face', 'name', 'PyTorch', 'float32', backbone, gpu='')
    found = throughput(reader, 7, 0.2, lambda: next(ticks))
    assert found.times.runs == 10
    assert found.times.p50_ms == 20.0
    assert found.examples_per_s == pytest.approx(350.0)
    assert backbone.sizes == [7] * 12


def test_a_precision_that_a_model_does_not_bear_is_left_out(monkeypatch):
    monkeypatch.setattr('fer_ros.precision.TOLERANCE', 0.0)
    refused = []
    ways = list(readers('face', 'face_ferplus', 'cpu', ['bfloat16'], 1, refused.append))
    assert [way.runtime for way in ways] == ['onnxruntime']
    assert "precision 'bfloat16'" in str(refused[0])


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (('--precision', 'auto'), "'auto' is not one of float32, float16, bfloat16"),
        (('--batch', '0'), '0 is less than 1'),
    ],
)
def test_wrong_arguments_are_refused(capsys, words, said):
    with pytest.raises(SystemExit):
        cli.main([*WORDS, *words])
    assert said in capsys.readouterr().err
