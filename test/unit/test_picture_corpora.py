import shutil

import cv2
import numpy as np
import pytest
from contract import tiny_corpora

from fer_ros import testing
from fer_ros.data.affectnet import AffectNet
from fer_ros.data.image_folder import ImageFolder
from fer_ros.data.label_folders import LabelFolderError
from fer_ros.data.pictures import PictureError
from fer_ros.data.raf_db import RafDb
from fer_ros.writing import WritingError


def opened(cls, folder, **settings):
    return cls(cls.Config(root=str(folder), **settings))


@pytest.fixture
def pictures(tmp_path):
    tiny_corpora.image_folder(tmp_path)
    return tmp_path


def people(corpus, split):
    return {example['subject'] for example in corpus.examples(split)}


def test_folders_are_labels_and_people_stay_on_one_side(pictures):
    corpus = opened(ImageFolder, pictures)
    assert corpus.labels == ('happy', 'sadness', 'Anger')
    testing.check_dataset(corpus)
    everybody = [people(corpus, split) for split in ('train', 'val', 'test')]
    assert all(everybody)
    assert set.union(*everybody) == {f'person{number}' for number in range(4)}
    example = next(iter(corpus.examples('train')))
    assert example['input'].shape == (48, 48)
    assert corpus.labels[example['label']] in corpus.name(corpus.splits()['train'][0])


def test_size_and_colour_are_settings(pictures):
    corpus = opened(ImageFolder, pictures, size=32, colour='rgb')
    (number, *_) = corpus.splits()['test']
    seen = corpus.example(number)['input']
    bgr = cv2.imread(str(pictures / corpus.name(number)))
    expected = cv2.resize(bgr, (32, 32), interpolation=cv2.INTER_AREA)[..., ::-1]
    np.testing.assert_array_equal(seen, expected)


def test_people_can_be_named_by_the_files(tmp_path):
    for number in range(6):
        for label in ('happy', 'sad'):
            tiny_corpora.picture(tmp_path / label / f'ann{number}_{label}.png', number)
    corpus = opened(ImageFolder, tmp_path, subject='(ann[0-9])')
    assert len(people(corpus, 'train') | people(corpus, 'test') | people(corpus, 'val')) == 6
    testing.check_dataset(corpus)
    with pytest.raises(LabelFolderError, match='finds none'):
        opened(ImageFolder, tmp_path, subject='(bob)')


def test_where_nobody_is_named_each_label_is_divided_alike(tmp_path):
    for number in range(20):
        for label in ('happy', 'sad'):
            tiny_corpora.picture(tmp_path / label / f'{number}.png', number)
    corpus = opened(ImageFolder, tmp_path)
    for split, count in (('train', 14), ('val', 3), ('test', 3)):
        labels = [corpus.pictures[n].target for n in corpus.splits()[split]]
        assert (labels.count(0), labels.count(1)) == (count, count)


@pytest.mark.parametrize('names', [('train', 'test'), ('Training', 'validation', 'test')])
def test_splits_that_are_there_already_are_kept(tmp_path, names):
    for split in names:
        for number in range(10):
            tiny_corpora.picture(tmp_path / split / 'happy' / f'{split}{number}.png', number)
    corpus = opened(ImageFolder, tmp_path)
    splits = {
        name: {corpus.name(n)[:4].lower() for n in ns} for name, ns in corpus.splits().items()
    }
    assert splits['test'] == {'test'}
    assert splits['val'] == ({'vali'} if len(names) == 3 else {'trai'})
    assert splits['train'] == {'trai'}


def test_a_folder_that_is_no_label_is_named(pictures):
    (pictures / 'rubbish').mkdir()
    with pytest.raises(LabelFolderError, match=r'rubbish.*unknown emotion label'):
        opened(ImageFolder, pictures)


def test_an_empty_folder_and_no_folder_are_refused(tmp_path):
    with pytest.raises(PictureError, match='no picture'):
        opened(ImageFolder, tmp_path)
    with pytest.raises(PictureError, match='no folder'):
        opened(ImageFolder, tmp_path / 'none')


def test_a_broken_picture_is_named(pictures):
    corpus = opened(ImageFolder, pictures)
    (number, *_) = corpus.splits()['test']
    name = corpus.name(number)
    (pictures / name).write_bytes(b'no picture')
    with pytest.raises(PictureError, match=f'{name}: not a readable picture'):
        list(corpus.examples('test'))


def test_a_cache_that_cannot_be_written_leaves_nothing(pictures, tmp_path_factory, small_files):
    cache = tmp_path_factory.mktemp('cache')
    with pytest.raises(WritingError, match=r'pictures-train-\w+\.npy cannot be written'):
        list(opened(ImageFolder, pictures, cache=str(cache)).examples('train'))
    assert list(cache.iterdir()) == []


def test_decoded_pictures_are_kept_until_a_file_changes(pictures, tmp_path_factory):
    cache = tmp_path_factory.mktemp('cache')
    corpus = opened(ImageFolder, pictures, cache=str(cache))
    first = [example['input'] for example in corpus.examples('train')]
    (kept,) = cache.glob('pictures-train-*.npy')
    kept_at = kept.stat().st_mtime_ns
    again = [example['input'] for example in corpus.examples('train')]
    np.testing.assert_array_equal(first, again)
    assert kept.stat().st_mtime_ns == kept_at

    changed = pictures / corpus.name(corpus.splits()['train'][0])
    tiny_corpora.picture(changed, 99)
    assert not np.array_equal(next(iter(corpus.examples('train')))['input'], first[0])


def test_raf_db_has_its_official_test_part(tmp_path):
    tiny_corpora.raf_db(tmp_path)
    corpus = opened(RafDb, tmp_path)
    splits = corpus.splits()
    assert {split: len(numbers) for split, numbers in splits.items()} == {
        'train': 21,
        'val': 7,
        'test': 7,
    }
    assert all('test_' in corpus.name(number) for number in splits['test'])
    labels = {corpus.name(n): corpus.labels[corpus.pictures[n].target] for n in splits['test']}
    assert labels['Image/aligned/test_00001_aligned.jpg'] == 'surprise'
    assert labels['Image/aligned/test_00007_aligned.jpg'] == 'neutral'
    shutil.rmtree(tmp_path / 'basic' / 'EmoLabel')
    with pytest.raises(PictureError, match='list_patition_label'):
        opened(RafDb, tmp_path)


def test_affectnet_by_its_tables_cuts_the_faces_out(tmp_path):
    tiny_corpora.affectnet(tmp_path)
    corpus = opened(AffectNet, tmp_path, size=40)
    assert len(corpus.splits()['test']) == 8
    assert len(corpus.splits()['train']) + len(corpus.splits()['val']) == 32
    (number, *_) = corpus.splits()['test']
    picture = cv2.imread(str(tmp_path / corpus.name(number)), cv2.IMREAD_GRAYSCALE)
    expected = cv2.resize(picture[6:47, 5:45], (40, 40), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(corpus.example(number)['input'], expected)


def test_affectnet_by_its_annotation_files(tmp_path):
    for name in ('train_set', 'val_set'):
        (tmp_path / name / 'annotations').mkdir(parents=True)
        for number in range(8):
            tiny_corpora.picture(tmp_path / name / 'images' / f'{number}.jpg', number)
            np.save(tmp_path / name / 'annotations' / f'{number}_exp.npy', str(number))
    corpus = opened(AffectNet, tmp_path)
    test = {corpus.name(n): corpus.pictures[n].target for n in corpus.splits()['test']}
    assert test['val_set/images/7.jpg'] == 7
    assert corpus.labels[7] == 'contempt'
    assert corpus.example(0)['input'].shape == (48, 48)
