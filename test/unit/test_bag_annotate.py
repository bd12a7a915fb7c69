import json
import signal
import subprocess
import sys
import urllib.request

import pytest
from clips import write_clip

from fer_ros.cli import main


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / 'clip.mkv', 0.5, lambda t: (9, 90, 20), lambda t: 0.5)


def annotate(*words):
    return main(['bag', 'annotate', *map(str, words)])


def test_the_command_serves_until_it_is_interrupted(clip, tmp_path):
    words = ['bag', 'annotate', clip, '--no-browser', '--no-model', '--cache', tmp_path / 'cache']
    process = subprocess.Popen(
        [sys.executable, '-m', 'fer_ros', *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[0].split()[1] == str(tmp_path / 'clip.mkv.labels.csv')
    url = lines[1].split()[1]
    with urllib.request.urlopen(f'{url}session', timeout=30) as answer:
        assert json.load(answer)['name'] == 'clip.mkv'
    process.send_signal(signal.SIGINT)
    with process:
        assert process.wait(timeout=60) == 0


def test_several_recordings_are_too_many(clip, tmp_path, capsys):
    write_clip(tmp_path / 'other.mkv', 0.5, lambda t: (9, 90, 20), lambda t: 0.5)
    assert annotate(tmp_path, '--no-browser') == 2
    assert 'holds 2 recordings' in capsys.readouterr().err


def test_a_recording_that_is_missing_is_one_line(tmp_path, capsys):
    assert annotate(tmp_path / 'nothing', '--no-browser') == 2
    assert capsys.readouterr().err.count('\n') == 1


def test_labels_go_into_a_folder_that_is_there(clip, tmp_path, capsys):
    assert annotate(clip, '--labels', tmp_path / 'missing' / 'labels.csv', '--no-browser') == 2
    assert 'no such folder' in capsys.readouterr().err
