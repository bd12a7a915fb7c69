"""The benchmark of the evaluation, on a recording of two seconds."""

import json

import pytest

from fer_ros import cli

ARGUMENTS = ('bench', 'evaluate', '--seconds', '2', '--size', '320x240', '--encoding', 'jpeg')


def test_a_bag_is_made_evaluated_and_timed(capsys):
    assert cli.main([*ARGUMENTS, '--format', 'json']) == 0
    (run,) = json.loads(capsys.readouterr().out)['runs']
    assert run['recorded_s'] == pytest.approx(2.0, abs=0.1)
    assert run['speed'] == pytest.approx(run['recorded_s'] / run['wall_s'])
    assert 0 < run['loading_s'] < run['wall_s']
    assert run['stages']['face_net']['runs'] == 60


def test_an_evaluation_that_fails_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr('fer_ros.commands.bench_evaluate._BAGS', 'elsewhere')
    monkeypatch.setattr('fer_ros.commands.bench_evaluate.write_bag', lambda *args: None)
    assert cli.main(ARGUMENTS) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('fer-ros: error: fer-ros evaluate failed:')
