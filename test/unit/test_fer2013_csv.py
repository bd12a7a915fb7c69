"""The tables as they are distributed, made from arrays."""

import csv

import numpy as np
import pytest

from fer_ros.data import fer2013_csv
from fer_ros.data.fer2013_csv import Fer2013CsvError
from fer_ros.data.fer2013plus import Fer2013Plus, Fer2013PlusError

COUNT = 12
USAGES = ['Training'] * 6 + ['PublicTest'] * 3 + ['PrivateTest'] * 3


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, 48, 48), dtype=np.uint8)
    images[11] = images[0]  # a test picture that is trained on
    images[4] = images[3]
    emotion = rng.integers(0, 7, COUNT)
    emotion[11] = emotion[0]
    emotion[3:5] = 1, 2  # one picture, two labels
    votes = np.zeros((COUNT, 10), int)
    votes[:, 1] = 9
    votes[:, 2] = 1
    votes[1] = [5, 0, 0, 5, 0, 0, 0, 0, 0, 0]
    votes[2] = [0, 0, 1, 0, 0, 0, 0, 0, 9, 0]
    return images, emotion, votes


def write_pixels(path, arrays, order=('emotion', 'pixels', 'Usage')):
    images, emotion, _ = arrays
    with path.open('w', newline='') as file:
        file.write(', '.join(order) + '\n')
        for image, label, usage in zip(images, emotion, USAGES, strict=True):
            row = {'emotion': label, 'pixels': ' '.join(map(str, image.ravel())), 'Usage': usage}
            csv.writer(file).writerow([row[name] for name in order])


def write_votes(path, arrays, unnamed=()):
    with path.open('w', newline='') as file:
        rows = csv.writer(file)
        words = 'neutral happiness surprise sadness anger disgust fear contempt unknown NF'
        rows.writerow(['Usage', 'Image name', *words.split()])
        for number, votes in enumerate(arrays[2]):
            name = '' if number in unnamed else f'fer{number:07d}.png'
            rows.writerow([USAGES[number], name, *votes])


def opened(folder, **settings):
    return Fer2013Plus(Fer2013Plus.Config(root=str(folder), **settings))


@pytest.mark.parametrize(
    ('name', 'order'),
    [
        ('fer2013.csv', ('emotion', 'pixels', 'Usage')),
        ('icml_face_data.csv', ('emotion', 'Usage', 'pixels')),
    ],
)
def test_both_tables_of_the_challenge_are_read(tmp_path, arrays, name, order):
    (tmp_path / 'fer2013').mkdir()
    write_pixels(tmp_path / 'fer2013' / name, arrays, order)
    data = opened(tmp_path, labels='fer2013')
    test = list(data.examples('test'))
    np.testing.assert_array_equal(test[0]['input'], arrays[0][9])
    assert [example['label'] for example in test] == arrays[1][9:].tolist()
    assert test[-1]['subsets'] == frozenset()
    assert data.splits()['train'] == [1, 2, 5]  # 0 is tested on, 3 and 4 contradict each other


def test_votes_lie_beside_the_pictures(tmp_path, arrays):
    write_pixels(tmp_path / 'fer2013.csv', arrays)
    write_votes(tmp_path / fer2013_csv.VOTES, arrays, unnamed=(5,))
    found = fer2013_csv.load(tmp_path / 'fer2013.csv')
    assert len(found['images']) == COUNT - 1
    assert found['ferplus_label'].tolist()[:4] == [1, -1, -1, 1]
    data = opened(tmp_path)
    assert next(iter(data.examples('test')))['target'][1] == 1.0


def test_without_votes_only_the_labels_of_the_challenge_are_there(tmp_path, arrays):
    write_pixels(tmp_path / 'fer2013.csv', arrays)
    with pytest.raises(Fer2013PlusError, match=r'fer2013new\.csv is missing'):
        opened(tmp_path)


def test_votes_of_other_pictures_are_refused(tmp_path, arrays):
    write_pixels(tmp_path / 'fer2013.csv', arrays)
    write_votes(tmp_path / fer2013_csv.VOTES, (arrays[0], arrays[1], arrays[2][:5]))
    with pytest.raises(Fer2013CsvError, match='5 rows for 12 pictures'):
        opened(tmp_path)


def test_another_table_is_refused(tmp_path):
    (tmp_path / 'fer2013.csv').write_text('emotion,pixels,Usage\n0,1 2 3,Training\n')
    with pytest.raises(Fer2013CsvError, match='not a table of FER2013'):
        opened(tmp_path, labels='fer2013')


@pytest.mark.data
def test_the_rules_give_the_labels_and_duplicates_of_the_real_corpus(data_folder):
    found = list(data_folder.rglob('fer2013plus.npz'))
    if not found:
        pytest.skip(f'no fer2013plus.npz in {data_folder}')
    with np.load(found[0]) as stored:
        np.testing.assert_array_equal(
            fer2013_csv.majority(stored['ferplus_votes']), stored['ferplus_label']
        )
        groups = fer2013_csv.duplicate_groups(stored['images'])
        assert len(set(groups.tolist())) == len(set(stored['dup_group'].tolist()))
