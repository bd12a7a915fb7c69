"""fer-ros predict over real files, with fakes for the models."""

import csv
import json
import re

import cv2
import numpy as np
import pytest
import soundfile
from clips import write_clip

from fakes import write_models
from fer_ros.cli import main
from fer_ros.labels import LABELS

KEYS = [
    'file',
    'time',
    'face',
    'track',
    'label',
    'confidence',
    'probabilities',
    'sources',
    'weights',
]


@pytest.fixture
def folder(tmp_path):
    """Files: a face, nobody, a voice, silence, and something broken."""
    cv2.imwrite(str(tmp_path / 'face.png'), np.full((120, 160, 3), 200, np.uint8))
    cv2.imwrite(str(tmp_path / 'dark.png'), np.zeros((120, 160, 3), np.uint8))
    rate_hz = 16_000
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * rate_hz // 2)
    soundfile.write(tmp_path / 'voice.wav', noise, rate_hz)
    soundfile.write(tmp_path / 'silence.wav', np.zeros(rate_hz), rate_hz)
    (tmp_path / 'broken.jpg').write_bytes(b'this is no picture')
    return tmp_path


@pytest.fixture
def predict(folder, capsys):
    """Runs the command; its exit code, lines of output and lines of errors."""
    config = write_models(folder)

    def run(*words):
        words = [str(folder / word) if '.' in word else word for word in words]
        code = main(['predict', '--config', str(config), *words])
        done = capsys.readouterr()
        return code, done.out.splitlines(), done.err.splitlines()

    return run


def test_a_picture_gives_a_line_for_each_face(predict, folder):
    code, lines, errors = predict('face.png', '--format', 'jsonl')
    assert (code, errors, len(lines)) == (0, [], 1)
    found = json.loads(lines[0])
    assert list(found) == KEYS
    assert found['file'] == str(folder / 'face.png')
    assert (found['time'], found['face'], found['track']) == (0.0, [10, 20, 30, 40], 0)
    assert (found['label'], found['sources']) == ('happy', ['face'])
    assert found['weights'] == {'face': 1.0}
    assert list(found['probabilities']) == list(LABELS)
    assert found['confidence'] == found['probabilities']['happy']
    assert sum(found['probabilities'].values()) == pytest.approx(1.0, abs=1e-5)


def test_sound_gives_a_line_for_each_hop(predict):
    _, lines, _ = predict('voice.wav', '--format', 'jsonl')
    found = [json.loads(line) for line in lines]
    times = [line['time'] for line in found]
    assert times[:2] == pytest.approx([0.5, 1.0], abs=0.1)  # the resampler looks ahead
    assert times[2:] == pytest.approx([1.5], abs=1e-3)
    for line in found:
        assert (line['face'], line['track'], line['sources']) == (None, None, ['voice'])
        assert line['label'] == 'sad'


@pytest.mark.parametrize('name', ['dark.png', 'silence.wav'])
def test_a_file_with_nobody_says_so(predict, folder, name):
    code, lines, errors = predict(name, '--format', 'jsonl')
    assert (code, errors, len(lines)) == (0, [], 1)
    found = json.loads(lines[0])
    assert list(found) == KEYS
    assert (found['label'], found['confidence'], found['sources']) == ('', 0.0, [])
    assert found['probabilities'] == dict.fromkeys(LABELS, 0.0)
    assert predict(name)[1] == [f'{folder / name}: nobody found']


def test_a_broken_file_is_one_line_and_the_others_go_on(predict, folder):
    code, lines, errors = predict('broken.jpg', 'missing.png', 'face.png', '--format', 'jsonl')
    assert code == 1
    assert [json.loads(line)['label'] for line in lines] == ['happy']
    assert len(errors) == 2
    for name, error in zip(('broken.jpg', 'missing.png'), errors, strict=True):
        assert error.startswith(f'fer-ros: error: {folder / name}: ')
        assert error.count(name) == 1


def test_each_file_is_read_for_itself(predict):
    _, alone, _ = predict('face.png', '--format', 'jsonl')
    _, among_others, _ = predict('voice.wav', 'face.png', 'face.png', '--format', 'jsonl')
    assert among_others[-2:] == [alone[0], alone[0]]


def test_a_crop_is_a_face_whatever_is_in_it(predict):
    _, lines, _ = predict('--cropped', 'face.png', 'dark.png', '--format', 'jsonl')
    for line in map(json.loads, lines):
        assert (line['face'], line['track'], line['sources']) == (None, None, ['face'])
        assert line['label'] == 'happy'


def test_sound_has_no_crops(predict, folder):
    assert predict('--cropped', 'voice.wav')[1] == [f'{folder / "voice.wav"}: nobody found']


def test_csv_has_a_column_for_everything(predict):
    _, lines, _ = predict('face.png', 'dark.png', '--format', 'csv')
    face, nobody = csv.DictReader(lines)
    assert [face[name] for name in 'xywh'] == ['10', '20', '30', '40']
    assert (face['track'], face['label'], face['sources']) == ('0', 'happy', 'face')
    assert face['weights'] == '1.000'
    assert float(face['happy']) == float(face['confidence']) > 0.5
    assert (nobody['x'], nobody['track'], nobody['label']) == ('', '', '')


def test_what_each_modality_counted_is_told(predict, folder):
    write_clip(folder / 'talk.mov', 2.0, lambda time: (200, 200, 200), lambda time: 0.5)
    both = json.loads(predict('talk.mov', '--format', 'jsonl')[1][-1])
    assert both['weights'].keys() == {'face', 'voice'}
    assert sum(both['weights'].values()) == pytest.approx(1.0, abs=1e-5)
    assert re.search(r' from face 0\.\d\d \+ voice 0\.\d\d  ', predict('talk.mov')[1][-1])


def test_text_is_readable(predict, folder):
    _, lines, _ = predict('face.png', 'voice.wav')
    face = r'    0\.000 s  face 0 at 10,20 30x40  happy 0\.\d\d from face  \(happy 0'
    voice = r'    0\.\d{3} s  voice  sad 0\.\d\d from voice  \(sad 0'
    assert re.match(re.escape(str(folder / 'face.png')) + face, lines[0])
    assert re.match(re.escape(str(folder / 'voice.wav')) + voice, lines[1])


@pytest.mark.data
def test_the_samples_are_read(predict, data_folder):
    samples = sorted((data_folder / 'samples').glob('single_face.*'))
    code, lines, errors = predict('--format', 'jsonl', *map(str, samples))
    assert (code, errors) == (0, [])
    for sample in samples:
        assert any(json.loads(line)['file'] == str(sample) for line in lines)
