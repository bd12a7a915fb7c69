"""What is wrong with a data set is told before anyone trains on it."""

import shutil

import cv2
import numpy as np
import pytest
import soundfile
from contract import tiny_corpora

from fer_ros import cli
from fer_ros.data.duplicates import Fingerprint, near_pairs


@pytest.fixture
def pictures(tmp_path):
    tiny_corpora.image_folder(tmp_path)
    return tmp_path


def check(capsys, folder, *words):
    code = cli.main(['data', 'check', str(folder), '--quiet', *words])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_a_clean_folder_is_counted(pictures, capsys):
    code, out = check(capsys, pictures)
    assert code == 0, out
    lines = {line.split('  ')[0].strip(): line.split() for line in out.splitlines()}
    assert lines['sadness (sad)'][-3:] == ['4', '2', '2']
    assert lines['examples'][1:] == ['12', '6', '6']
    assert lines['people'][1:] == ['2', '1', '1']
    assert 'broken: none' in out
    assert 'nearly identical: none' in out


def test_a_broken_file_is_named(pictures, capsys):
    (pictures / 'happy' / 'person1' / '0.png').write_bytes(b'')
    code, out = check(capsys, pictures)
    assert code == 1
    assert 'broken: 1' in out
    assert 'person1/0.png' in out


def test_files_that_are_not_read_are_counted(pictures, capsys):
    assert 'not read: none' in check(capsys, pictures)[1]
    folder = pictures / 'happy' / 'person1'
    for name in ('a.HEIC', 'b.heic', 'notes', '.hidden'):
        (folder / name).write_bytes(b'')
    code, out = check(capsys, pictures)
    assert code == 0
    assert 'files of other kinds, not read: 2 .heic, 1 without ending\n' in out


def test_hidden_files_between_sounds_are_not_read(tmp_path, capsys):
    for number in range(6):
        path = tmp_path / ('happy', 'sad')[number % 2] / f'anna{number // 2}' / f'{number}.wav'
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.sin(np.arange(800) / (number + 3)), 16000)
        (path.parent / f'._{number}.wav').write_bytes(b'of another system')
    code, out = check(capsys, tmp_path)
    assert code == 0, out
    assert 'broken: none' in out


def split_in_two(folder):
    for split in ('train', 'test'):
        for number in range(4):
            seed = number + 10 * (split == 'test')
            for label in ('happy', 'sad'):
                person = folder / split / label / f'{split}{number}'
                tiny_corpora.picture(person / '1.png', seed + 100 * (label == 'sad'))


def test_a_copy_in_another_split_is_found(tmp_path, capsys):
    split_in_two(tmp_path)
    assert check(capsys, tmp_path)[0] == 0
    shutil.copy(
        tmp_path / 'train' / 'happy' / 'train0' / '1.png',
        tmp_path / 'test' / 'sad' / 'test3' / 'copy.png',
    )
    code, out = check(capsys, tmp_path)
    assert code == 1
    assert 'identical across splits: 1' in out
    assert 'identical with different labels: 1' in out
    assert 'happy/train0/1.png = test: test/sad/test3/copy.png' in out


def test_a_picture_that_was_only_saved_anew_is_found(tmp_path, capsys):
    split_in_two(tmp_path)
    original = cv2.imread(str(tmp_path / 'train' / 'happy' / 'train0' / '1.png'))
    smaller = cv2.resize(original, (50, 50), interpolation=cv2.INTER_AREA)
    again = tmp_path / 'test' / 'happy' / 'test1' / 'again.jpg'
    cv2.imwrite(str(again), smaller, [cv2.IMWRITE_JPEG_QUALITY, 85])
    code, out = check(capsys, tmp_path)
    assert code == 0, out
    assert 'nearly identical across splits: 1' in out


def test_a_person_in_two_splits_is_found(tmp_path, capsys):
    split_in_two(tmp_path)
    tiny_corpora.picture(tmp_path / 'test' / 'happy' / 'train1' / '1.png', 55)
    code, out = check(capsys, tmp_path)
    assert code == 1
    assert 'train1 is in ' in out


def test_a_label_that_is_never_tested_is_found(tmp_path, capsys):
    split_in_two(tmp_path)
    shutil.rmtree(tmp_path / 'test' / 'sad')
    code, out = check(capsys, tmp_path)
    assert code == 1
    assert 'test: sad' in out


def test_sound_is_checked_too(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for label in ('happy', 'sad'):
        for speaker in ('ann', 'bob', 'cy', 'dee'):
            path = tmp_path / label / speaker / '1.wav'
            path.parent.mkdir(parents=True)
            soundfile.write(path, rng.uniform(-0.1, 0.1, 1600), 16_000)
    assert check(capsys, tmp_path)[0] == 0
    (tmp_path / 'sad' / 'ann' / '2.wav').write_bytes(b'silence')
    code, out = check(capsys, tmp_path)
    assert code == 1
    assert 'sad/ann/2.wav' in out


def test_arrays_are_checked_as_well(tmp_path, capsys):
    tiny_corpora.fer2013plus(tmp_path)
    code, out = check(capsys, tmp_path, '--dataset', 'fer2013plus', '--set', 'labels=fer2013')
    assert 'nobody is named' in out
    assert code in (0, 1)


def test_a_wrong_folder_or_setting_is_one_line(tmp_path, capsys):
    assert check(capsys, tmp_path / 'none') == (
        2,
        f"fer-ros: error: no folder '{tmp_path / 'none'}'\n",
    )
    code, out = check(capsys, tmp_path, '--dataset', 'raf_db', '--set', 'sizes=3')
    assert code == 2
    assert 'raf_db.sizes: unknown setting' in out


def test_near_duplicates_survive_light_and_size_but_not_another_face():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (30, 12, 12), dtype=np.uint8)
    faces = [cv2.resize(each, (64, 64)) for each in coarse]
    brighter = [np.clip(face * 1.15 + 12, 0, 255).astype(np.uint8) for face in faces]
    smaller = [cv2.resize(face, (40, 40), interpolation=cv2.INTER_AREA) for face in brighter]
    found = near_pairs([Fingerprint(face) for face in (*faces, *smaller)])
    assert all(other - one == len(faces) for one, other in found)
    assert len(found) >= 0.9 * len(faces)
