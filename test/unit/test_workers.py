"""Other processes and clusters come to the same results, also when some of them end."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from evaluations import same_report, write_corpus, write_detector_settings, write_settings

from fer_ros.cli import main
from fer_ros.evaluation.running import in_turn

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A corpus with a broken recording in it, and settings."""
    folder = tmp_path_factory.mktemp('workers')
    write_corpus(folder / 'corpus')
    (folder / 'corpus' / 'broken.mcap').write_bytes(b'nothing')
    return folder


def arguments(folder, settings, report, *words):
    known = [folder / 'corpus', '--config', settings, '--report', report]
    return [str(word) for word in ('evaluate', *known, *words)]


@pytest.fixture
def cluster():
    """The address of a Dask cluster with two workers in processes of their own."""
    distributed = pytest.importorskip('distributed', reason="pip install '.[cluster]'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_processes_come_to_the_same_bytes(folder, tmp_path):
    settings = write_settings(tmp_path)
    one, two = tmp_path / 'one', tmp_path / 'two'
    assert main(arguments(folder, settings, one)) == 1
    assert main(arguments(folder, settings, two, '--workers', 2)) == 1
    assert same_report(one, two)


def test_a_process_that_ends_is_told_and_the_report_says_that_it_is_not_all(
    folder, tmp_path, capsys
):
    end = tmp_path / 'end'
    end.touch()
    settings = write_detector_settings(tmp_path, 'MortalDetector', ends=[str(end)])
    assert main(arguments(folder, settings, tmp_path / 'report', '--workers', 2)) == 2
    assert 'a worker ended, perhaps for want of memory' in capsys.readouterr().err
    results = json.loads((tmp_path / 'report' / 'results.json').read_text())
    assert results['complete'] is False


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_comes_to_the_same_bytes(folder, tmp_path, cluster):
    end = tmp_path / 'end'
    settings = write_detector_settings(tmp_path, 'MortalDetector', ends=[str(end)])
    alone, together = tmp_path / 'alone', tmp_path / 'together'
    assert main(arguments(folder, settings, alone)) == 1
    end.touch()
    assert main(arguments(folder, settings, together, '--cluster', cluster)) == 1
    assert not end.exists(), 'a worker should have ended'
    assert same_report(alone, together)


def test_a_cluster_that_is_not_there_is_told(folder, tmp_path, capsys, monkeypatch):
    pytest.importorskip('distributed', reason="pip install '.[cluster]'")
    monkeypatch.setattr('fer_ros.evaluation.workers.CONNECT_S', 0.5)
    settings = write_settings(tmp_path)
    words = arguments(folder, settings, tmp_path / 'report', '--cluster', 'tcp://127.0.0.1:9')
    assert main(words) == 2
    assert 'no Dask cluster at tcp://127.0.0.1:9' in capsys.readouterr().err


def test_ctrl_c_ends_the_processes_and_leaves_what_is_finished(folder, tmp_path):
    settings = write_detector_settings(tmp_path, 'StuckDetector')
    report = tmp_path / 'report'
    path = os.pathsep.join([str(ROOT), str(ROOT / 'test')])
    process = subprocess.Popen(
        [sys.executable, '-m', 'fer_ros', *arguments(folder, settings, report, '--workers', 2)],
        env={**os.environ, 'PYTHONPATH': path},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: finished(report) >= 2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE_S)
    finally:
        process.kill()
    assert process.returncode == 130
    assert 'Traceback' not in errors
    assert 'interrupted; what was finished is in' in errors
    results = json.loads((report / 'results.json').read_text())
    assert results['complete'] is False
    assert len(results['recordings']) == 2


def finished(report):
    """How many recordings are in the table of sounds, which is written last."""
    path = report / 'sound.csv'
    lines = path.read_text().splitlines()[1:] if path.is_file() else []
    return len({line.split(',')[0] for line in lines})


def wait_until(predicate):
    end_s = time.monotonic() + DEADLINE_S
    while not predicate():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_outcomes_come_in_turn():
    given = [(2, 'c'), (0, 'a'), (3, 'd'), (1, 'b')]
    assert list(in_turn(iter(given))) == ['a', 'b', 'c', 'd']


def test_outcomes_that_wait_for_an_earlier_one_are_not_lost():
    def stopped():
        yield 2, 'c'
        yield 1, 'b'
        raise KeyboardInterrupt

    seen = []
    with pytest.raises(KeyboardInterrupt):
        seen.extend(iter_into(seen, in_turn(stopped())))
    assert seen == ['b', 'c']
    assert multiprocessing.active_children() == []


def iter_into(seen, outcomes):
    for outcome in outcomes:
        seen.append(outcome)
    return ()
