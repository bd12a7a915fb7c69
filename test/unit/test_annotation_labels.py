import stat

import pytest

from fer_ros.annotation.labels import ConflictError, Interval, Labels, LabelsError
from fer_ros.evaluation.label_files import LabelFile

SECONDS = 10.0


def interval(start, end, label='happy'):
    return {'start': start, 'end': end, 'label': label}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'clip.labels.csv'


def test_what_was_saved_is_read_again(path):
    Labels(path, SECONDS).replace([interval(2, 3.5, 'sad'), interval(0.25, 2)], 0)
    assert Labels(path, SECONDS).intervals == (
        Interval(0.25, 2.0, 'happy'),
        Interval(2.0, 3.5, 'sad'),
    )
    assert path.read_text() == 'start,end,label,track\n0.250,2.000,happy,\n2.000,3.500,sad,\n'


def test_an_evaluation_reads_the_file(path):
    Labels(path, SECONDS, track=3).replace([interval(2, 3.5, 'sad')], 0)
    (stretch,) = LabelFile.read(path).assign(['clip.mp4'])['clip.mp4']
    assert (stretch.start, stretch.end, stretch.label, stretch.track) == (2.0, 3.5, 'sad', 3)


def test_nothing_is_written_before_something_was_labelled(path):
    Labels(path, SECONDS)
    assert not path.exists()


def test_labels_of_other_faces_stay(path):
    path.write_text('start,end,label,track\n0,1,sad,0\n0,2,angry,1\n')
    labels = Labels(path, SECONDS, track=1)
    assert labels.intervals == (Interval(0.0, 2.0, 'angry'),)
    labels.replace([interval(0, 4)], 0)
    assert path.read_text().splitlines()[1:] == ['0.000,1.000,sad,0', '0.000,4.000,happy,1']


def test_words_of_other_vocabularies_are_read(path):
    path.write_text('\ufeffstart,end,label\n0,1,Joy\n')
    assert Labels(path, SECONDS).intervals == (Interval(0.0, 1.0, 'happy'),)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('start,end,label,group\n', 'group'),
        ('file,label\n', 'file'),
        ('', 'none'),
        ('start,end,label\n0,1,hungry\n', 'line 2'),
        ('start,end,label\n0,1,"' + 'x' * 200_000, 'field limit'),
        ('start,end,label\n0,,sad\n', 'line 2'),
        ('start,end,label\n0,2,sad\n1,3,happy\n', 'overlap at 1 s'),
    ],
)
def test_a_file_that_would_lose_something_is_refused(path, text, message):
    path.write_text(text)
    with pytest.raises(LabelsError, match=message):
        Labels(path, SECONDS)


@pytest.mark.parametrize(
    'content',
    [
        None,
        {},
        [3],
        [interval(0, 1, 'hungry')],
        [interval(1, 1)],
        [interval(-1, 1)],
        [interval(11, 12)],
        [interval(0, float('nan'))],
        [interval('0', 1)],
        [interval(0, True)],
        [interval(0, 2), interval(1, 3)],
        [interval(0, 1)] * 20_001,
        [interval(0, 10**400)],
        [interval([0], 1)],
        [{'start': 0, 'end': 1, 'label': ['happy']}],
    ],
)
def test_what_makes_no_sense_is_not_saved(path, content):
    labels = Labels(path, SECONDS)
    labels.replace([interval(0, 1)], 0)
    before = path.read_text()
    with pytest.raises(LabelsError):
        labels.replace(content, 1)
    assert path.read_text() == before
    assert labels.intervals == (Interval(0.0, 1.0, 'happy'),)


def test_two_windows_do_not_overwrite_each_other(path):
    labels = Labels(path, SECONDS)
    labels.replace([interval(0, 1)], 0)
    with pytest.raises(ConflictError, match='another window'):
        labels.replace([interval(5, 6)], 0)
    assert labels.version == 1


@pytest.mark.parametrize('change', ['edit', 'delete'])
def test_what_another_program_wrote_is_not_overwritten(path, change):
    labels = Labels(path, SECONDS)
    labels.replace([interval(0, 1)], 0)
    if change == 'edit':
        path.write_text('start,end,label\n0,9,sad\n')
    else:
        path.unlink()
    with pytest.raises(ConflictError, match='another program'):
        labels.replace([interval(5, 6)], 1)


def test_saving_leaves_no_other_files_and_keeps_the_mode(path):
    path.write_text('start,end,label\n')
    path.chmod(0o664)
    Labels(path, SECONDS).replace([interval(0, 1)], 0)
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
