import numpy as np
import pytest

from fer_ros.data.arrays import ArraysError
from fer_ros.data.fer2013plus import FERPLUS_LABELS, Fer2013Plus, Fer2013PlusError

VOTES = [
    # neutral happy surprise sad angry disgust fear contempt unknown not-a-face
    ([8, 2, 0, 0, 0, 0, 0, 0, 0, 0], 0, 'train'),
    ([0, 9, 1, 0, 0, 0, 0, 0, 0, 0], 1, 'train'),
    ([0, 2, 0, 0, 0, 0, 0, 0, 8, 0], -1, 'train'),
    ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], -1, 'train'),
    ([0, 0, 0, 6, 4, 0, 0, 0, 0, 0], 3, 'train'),
    ([0, 0, 0, 6, 4, 0, 0, 0, 0, 0], 3, 'val'),
    ([0, 0, 9, 0, 0, 0, 1, 0, 0, 0], 2, 'val'),
    ([0, 0, 0, 6, 4, 0, 0, 0, 0, 0], 3, 'test'),
    ([0, 0, 5, 0, 0, 0, 5, 0, 0, 0], -1, 'test'),
]
SPLITS = ('train', 'val', 'test')


@pytest.fixture
def corpus(tmp_path):
    """The fifth picture is in every split."""
    groups = np.array([0, 1, 2, 3, 4, 4, 6, 4, 8], np.int32)
    np.savez(
        tmp_path / 'fer2013plus.npz',
        images=np.repeat(groups, 48 * 48).reshape(-1, 48, 48).astype(np.uint8),
        ferplus_votes=np.array([votes for votes, _, _ in VOTES], np.uint8),
        ferplus_label=np.array([label for _, label, _ in VOTES], np.int8),
        fer_label=np.array([6, 3, -1, 0, 4, 4, 5, 4, 2], np.int8),
        split=np.array([SPLITS.index(split) for _, _, split in VOTES], np.uint8),
        dup_group=groups,
        dup_of_earlier_split=np.array([False] * 5 + [True, False, True, False]),
        name=np.arange(9, dtype=np.int32),
    )
    return tmp_path


def open_corpus(folder, **settings):
    return Fer2013Plus(Fer2013Plus.Config(root=str(folder), **settings))


def test_trains_on_faces_with_votes_and_on_no_copy_of_a_measured_one(corpus):
    splits = open_corpus(corpus).splits()
    assert splits == {'train': [0, 1], 'val': [5, 6], 'test': [7, 8]}


def test_targets_are_the_votes_without_single_ones(corpus):
    first, second = open_corpus(corpus).examples('train')
    assert first['target'][:2] == pytest.approx([0.8, 0.2])
    assert second['target'][1] == pytest.approx(1.0)
    assert first['input'].shape == (48, 48)
    assert [first['label'], second['label']] == [0, 1]


def test_copies_of_an_earlier_split_are_marked(corpus):
    copy, own = open_corpus(corpus).examples('test')
    assert copy['subsets'] == frozenset()
    assert own['subsets'] == {'without_duplicates'}
    assert own['label'] == -1


def test_the_original_labels(corpus):
    data = open_corpus(corpus, labels='fer2013')
    assert data.labels[3] == 'happy'
    assert data.splits()['train'] == [0, 1, 3]
    assert [example['label'] for example in data.examples('train')] == [6, 3, 0]
    assert next(iter(data.examples('train')))['target'].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_says_what_it_looked_for_where_there_is_nothing(tmp_path):
    with pytest.raises(Fer2013PlusError, match=r'fer2013plus\.npz'):
        open_corpus(tmp_path)


def test_a_file_that_lacks_arrays_is_refused(tmp_path):
    np.savez(tmp_path / 'fer2013plus.npz', images=np.zeros((1, 48, 48), np.uint8))
    with pytest.raises(ArraysError, match='ferplus_votes'):
        open_corpus(tmp_path)


@pytest.mark.data
def test_no_picture_of_the_real_corpus_is_trained_on_and_measured(data_folder):
    if not list(data_folder.rglob('fer2013plus.npz')):
        pytest.skip(f'no fer2013plus.npz in {data_folder}')
    data = open_corpus(data_folder)
    pictures, measured = {}, {}
    for split in SPLITS:
        examples = list(data.examples(split))
        pictures[split] = {example['input'].tobytes() for example in examples}
        measured[split] = [e for e in examples if e['label'] >= 0]
    assert not pictures['train'] & (pictures['val'] | pictures['test'])
    assert len(measured['val']) == 3199
    assert len(measured['test']) == 3152
    unseen = [e for e in measured['test'] if 'without_duplicates' in e['subsets']]
    assert len(unseen) == 2868
    assert not {e['input'].tobytes() for e in unseen} & (pictures['train'] | pictures['val'])
    assert tuple(data.labels) == FERPLUS_LABELS
