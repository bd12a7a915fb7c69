import json
import os
import stat
import sys

import numpy as np
import pytest

from fakes import write_models
from fer_ros import cli
from fer_ros.benchmarks.floor import Rates
from fer_ros.benchmarks.peer import Peer, PeerError
from fer_ros.benchmarks.spread import Spread
from fer_ros.commands import bench_pipeline

FER = """
import os, time
print('loading', flush=True)  # as such packages do, to standard output
class FER:
    def __init__(self, mtcnn=False):
        self.count = 2 if mtcnn else 1
    def detect_emotions(self, image):
        assert image.shape[2] == 3 and image.flags.c_contiguous
        if image[0, 0].tolist() == [3, 2, 1]:
            os._exit(7)
        time.sleep(0.002)
        return [{}] * self.count
"""
OURS = Spread(10, 1.0, 0.4, 0.5, 2.0, 2.0, 2.0)


@pytest.fixture
def python(tmp_path):
    """An interpreter in which a package named fer is installed."""
    folder = tmp_path / 'packages'
    (folder / 'fer').mkdir(parents=True)
    (folder / 'fer' / '__init__.py').write_text('')
    (folder / 'fer' / 'fer.py').write_text(FER)
    (folder / 'fer-9.8.dist-info').mkdir()
    (folder / 'fer-9.8.dist-info' / 'METADATA').write_text('Name: fer\nVersion: 9.8\n')
    script = tmp_path / 'python'
    script.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def image(value=0):
    return np.full((12, 16, 3), value, np.uint8)


@pytest.mark.parametrize(('name', 'faces'), [('fer', 1.0), ('fer-mtcnn', 2.0)])
def test_a_peer_reads_pictures_in_its_own_python(python, name, faces):
    with Peer(name, python, 2) as peer:
        peer.warm_up(image())
        for value in range(5):
            peer.read(image(value))
        result = peer.result(OURS, 0.5)
    assert (result.name, result.version, result.threads) == (name, '9.8', 2)
    assert result.time.runs == 5
    assert result.found == faces
    assert result.time.p50_ms >= 2.0
    assert result.ratio_p50 == pytest.approx(result.time.p50_ms / 0.5)
    assert result.ratio_mean == pytest.approx(result.time.mean_ms / 1.0)
    assert result.ratio_cpu == pytest.approx(result.cpu_ms / 0.5)
    assert result.usage.rss_mb > 1


def test_a_peer_that_is_not_installed_says_how_to_get_it():
    with pytest.raises(PeerError, match=r"named 'fer'.*pip install fer, then give --peer"):
        Peer('fer', sys.executable, 1, {**os.environ, 'PYTHONPATH': ''})


def test_an_interpreter_that_is_not_there(tmp_path):
    with pytest.raises(PeerError, match=r'cannot run .*nowhere'):
        Peer('fer', str(tmp_path / 'nowhere'), 1)


def test_a_peer_that_dies_is_told(python):
    deadly = image()
    deadly[0, 0] = (1, 2, 3)
    with Peer('fer', python, 1) as peer, pytest.raises(PeerError, match='has ended: loading'):
        peer.read(deadly)


def test_peers_are_compared_on_the_same_stream(capsys, tmp_path, monkeypatch, python):
    rates = Rates(1e11, 4e10, 1)
    monkeypatch.setattr(bench_pipeline, 'measured_rates', lambda threads: rates)
    config = str(write_models(tmp_path))
    words = ['bench', 'pipeline', '--config', config, '--seconds', '1', '--peer', 'fer,fer-mtcnn']
    words += ['--peer-python', python, '--peer-frames', '7']
    assert cli.main([*words, '--format', 'json']) == 0
    case = json.loads(capsys.readouterr().out)['cases'][0]
    assert case['frame']['runs'] == 30
    assert [peer['name'] for peer in case['peers']] == ['fer', 'fer-mtcnn']
    assert [peer['time']['runs'] for peer in case['peers']] == [7, 7]
    assert cli.main(words) == 0
    assert 'fer-mtcnn 9.8' in capsys.readouterr().out


def test_an_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'pipeline', '--peer', 'ferr'])
    assert "'ferr' is not one of fer, fer-mtcnn" in capsys.readouterr().err
