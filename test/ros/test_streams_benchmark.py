"""The benchmark of several robots, with fakes for models."""

from __future__ import annotations

import json
import os

import pytest
import ros_fakes
import yaml
from ros_graph import ROOT

from fer_ros import cli


def test_one_process_and_a_process_each(capsys, tmp_path, monkeypatch):
    folders = [str(ROOT), str(ROOT / 'test'), os.environ.get('PYTHONPATH', '')]
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(folders))
    config = tmp_path / 'parameters.yaml'
    fakes = ros_fakes.perception_parameters(tmp_path)
    config.write_text(yaml.safe_dump({'/**/perception': {'ros__parameters': fakes}}))
    words = ['bench', 'streams', '--streams', '2', '--seconds', '4', '--config', str(config)]
    assert cli.main([*words, '--format', 'json']) == 0
    together, apart = json.loads(capsys.readouterr().out)['results']
    assert (together['streams'], together['processes']) == (2, 1)
    assert (apart['streams'], apart['processes']) == (2, 2)
    for result in (together, apart):
        assert result['rate_hz'] > 0
        assert 0 < result['latency_p50_ms'] <= result['latency_p95_ms']
        assert result['cpu_share'] > 0
    assert 20 < together['memory_mb'] < apart['memory_mb']


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (('--streams', '0'), '0 is not in 1 to 32'),
        (('--seconds', '-1'), '-1 is not in 0.1 to 3600'),
        (('--seconds', 'nan'), 'nan is not in 0.1 to 3600'),
    ],
)
def test_numbers_that_cannot_be_are_refused(capsys, words, said):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'streams', *words])
    assert said in capsys.readouterr().err
