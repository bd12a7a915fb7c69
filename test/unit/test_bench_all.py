import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from fer_ros import cli
from fer_ros.benchmarks.suite import SUITE
from fer_ros.benchmarks.tables import text_table
from fer_ros.benchmarks.targets import TARGETS, outcomes, target_table
from fer_ros.commands import bench


def spread(p50_ms, p95_ms=0.0):
    return {'p50_ms': p50_ms, 'p95_ms': p95_ms}


def case(faces, p50_ms, p95_ms=0.0):
    stages = {'vad': {'time': spread(1.5)}, 'voice_net': {'time': spread(2.0)}}
    peers = [{'name': 'fer', 'ratio_p50': 7.5}, {'name': 'fer-mtcnn', 'ratio_p50': 120.0}]
    frame = spread(p50_ms, p95_ms)
    return {'case': {'faces': faces}, 'frame': frame, 'stages': stages, 'peers': peers}


FOUND = {
    'pipeline': {'cases': [case(1, 4.0, 21.0)]},
    'peers': {'cases': [case(1, 4.0)]},
    'faces': {'cases': [case(1, 4.0), case(16, 10.0)]},
    'node': {
        'results': [
            {
                'latency': {'emotion': spread(20.0, 40.0)},
                'cpu_share': 0.5,
                'start': {'configure_s': 1.0},
                'usage': {'peak_rss_mb': 400.0},
            }
        ]
    },
}


def test_every_target_is_held_against_what_was_measured():
    found = outcomes(FOUND)
    assert [outcome.value for outcome in found] == pytest.approx(
        [4.0, 21.0, 3.5, 2.5, 40.0, 0.5, 1.0, 400.0, 7.5, 120.0]
    )
    assert [outcome.met for outcome in found] == [
        *(True, False, True, True, True, True, True, True, False, True)
    ]


def test_what_was_not_measured_is_neither_met_nor_missed():
    found = outcomes({})
    assert len(found) == len(TARGETS)
    assert {(outcome.value, outcome.met) for outcome in found} == {(None, None)}
    assert target_table({}, text_table).count('not measured') == len(TARGETS)


def test_every_entry_of_the_suite_can_be_asked_for(monkeypatch):
    """All words of the suite are arguments that its benchmarks know."""
    pytest.importorskip('hri_msgs', reason='needs ROS 2: source setup.bash')
    ran = []
    for name in ('pipeline', 'node'):
        module = bench._load(name)
        monkeypatch.setattr(module, 'run', lambda args: ran.append(args) or 0)
    for entry in SUITE.values():
        assert cli.main(['bench', *entry.words]) == 0
    assert len(ran) == len(SUITE)


@pytest.fixture
def started(monkeypatch):
    """Commands that were started; each writes what FOUND has for it."""
    commands = []

    def start(command, check):
        commands.append(command)
        out = command[command.index('--out') + 1]
        name = out.rpartition('/')[2]
        with open(f'{out}.json', 'w') as file:
            json.dump(FOUND.get(name, {}), file)
        Path(f'{out}.md').write_text(f'tables of {name}\n')
        return SimpleNamespace(returncode=1 if '--fps' in command else 0)

    monkeypatch.setattr(subprocess, 'run', start)
    return commands


def test_the_targets_are_printed_and_written(started, tmp_path, capsys):
    words = ['bench', 'all', '--out', str(tmp_path), '--peer-python', 'peers/python']
    assert cli.main([*words, '--only', 'pipeline', 'peers', 'faces', 'node']) == 0
    assert len(started) == 4
    assert [command[-4:-2] for command in started if '--peer' in command] == [
        ['--peer-python', 'peers/python']
    ]
    told = capsys.readouterr().out
    assert '== pipeline: fer-ros bench pipeline --seconds 20' in told
    assert 'pipeline, 95 % of the frames at most 20 ms 21 no' in ' '.join(told.split())
    report = (tmp_path / 'report.md').read_text()
    assert '| pipeline, median of a frame | at most 12 ms | 4 | yes |' in report
    assert '### `fer-ros bench node --seconds 20`\n\ntables of node' in report


def test_without_an_interpreter_peers_are_left_out(started, tmp_path):
    assert cli.main(['bench', 'all', '--out', str(tmp_path), '--only', 'pipeline', 'peers']) == 0
    assert len(started) == 1


def test_a_benchmark_that_fails_ends_it(started, tmp_path, capsys):
    assert cli.main(['bench', 'all', '--out', str(tmp_path), '--only', 'rates']) == 2
    assert 'rates failed' in capsys.readouterr().err
