"""fer-ros sync over recordings of drawn faces, with fakes for the models."""

import re
from dataclasses import replace

import pytest
from drawn_faces import LONG, samples_of, write_parameters

from fer_ros.cli import main
from fer_ros.types import AudioChunk


@pytest.fixture
def sync(tmp_path, capsys):
    """Runs the command; its exit code, its output and its errors."""
    parameters = write_parameters(tmp_path)

    def run(*words):
        code = main(['sync', '--config', str(parameters), *map(str, words)])
        done = capsys.readouterr()
        return code, done.out, done.err

    return run


def bag_of(folder, samples):
    pytest.importorskip('rosbags', reason='bags need rosbags')
    from fer_ros.evaluation.bag_writing import write_bag

    later = [replace(sample, stamp_ns=sample.stamp_ns + 10**10) for sample in samples]
    write_bag(folder, later)
    return folder


@pytest.mark.parametrize(('offset_s', 'side'), [(0.2, 'later'), (-0.3, 'earlier')])
def test_the_offset_of_a_bag_is_told_with_what_to_set(sync, tmp_path, offset_s, side):
    code, out, errors = sync(bag_of(tmp_path / 'session', samples_of(offset_s)))
    assert (code, errors) == (0, '')
    found = re.fullmatch(
        r'\S+session: sound is stamped (\S+) s (\w+) than pictures \(confidence (\S+) '
        r'from (\d+) s of a speaking face\); to correct it: clocks.microphone_offset: (\S+)\n',
        out,
    )
    assert float(found[1]) == pytest.approx(abs(offset_s), abs=0.05)
    assert found[2] == side
    assert 0.98 < float(found[3]) <= 1.0
    assert LONG / 2 < float(found[4]) < LONG
    assert float(found[5]) == pytest.approx(-offset_s, abs=0.05)


def test_a_correction_that_is_set_counts(sync, tmp_path):
    text = (tmp_path / 'perception.yaml').read_text()
    (tmp_path / 'perception.yaml').write_text(f'{text}\nclocks:\n  microphone_offset: -0.15\n')
    code, out, _ = sync(bag_of(tmp_path / 'session', samples_of(0.2)))
    assert code == 0
    assert float(out.split()[-1]) == pytest.approx(-0.2, abs=0.05)


def test_recordings_do_not_mix(sync, tmp_path):
    first = bag_of(tmp_path / 'first', samples_of(0.2))
    second = bag_of(tmp_path / 'second', [s for s in samples_of(0.0) if s.stamp_ns < 5 * 10**9])
    code, out, _ = sync(first, second)
    assert code == 1
    assert (
        out.splitlines()[1] == f'{second}: the offset is not known: too little of a speaking face'
    )


def test_sound_of_somebody_else_has_no_offset(sync, tmp_path):
    backwards = [
        AudioChunk(sample.stamp_ns, sample.rate_hz, other.samples)
        if isinstance(sample, AudioChunk)
        else sample
        for sample, other in zip(samples_of(0.0), reversed(samples_of(0.0)), strict=True)
    ]
    code, out, _ = sync(bag_of(tmp_path / 'session', backwards))
    assert code == 1
    assert 'the offset is not known: ' in out


def test_a_recording_that_cannot_be_read_does_not_stop_the_others(sync, tmp_path):
    good = bag_of(tmp_path / 'good', samples_of(0.2))
    code, out, errors = sync(tmp_path / 'none.mp4', tmp_path / 'none.mcap', tmp_path, good)
    assert code == 1
    assert out.startswith(f'{good}: sound is stamped ')
    assert [line.split(':')[0] for line in errors.splitlines()] == ['fer-ros'] * 3
