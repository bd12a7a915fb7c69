import cv2
import numpy as np
import pytest
from clips import write_clip

from fer_ros.evaluation.bag_reading import BagError
from fer_ros.evaluation.bag_samples import BagFormat, LabelChange
from fer_ros.evaluation.bag_writing import write_bag
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import RecordingError, find_recordings
from fer_ros.evaluation.truth import Stretch
from fer_ros.types import NS_PER_S, Frame

START_NS = 1_700_000_000 * NS_PER_S


def frame(stamp_ns=START_NS):
    return Frame(stamp_ns, '', np.zeros((8, 8, 3), np.uint8))


def bag(folder, labels=(), **form):
    folder.parent.mkdir(parents=True, exist_ok=True)
    frames = [frame(START_NS + number * NS_PER_S) for number in range(4)]
    write_bag(folder, frames, labels, BagFormat(**form))
    return folder


def clip(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_clip(path, 0.2, lambda time: (200, 0, 0), lambda time: 0.5)


def find(*paths, **topics):
    return find_recordings(paths, Topics(**topics), 25.0)


def test_a_folder_gives_its_bags_and_clips_by_name(tmp_path):
    bag(tmp_path / 'b' / 'joy' / 'one')
    bag(tmp_path / 'c')
    clip(tmp_path / 'a' / 'sad' / 'two.avi')
    (tmp_path / 'd').mkdir()
    cv2.imwrite(str(tmp_path / 'd' / '1.png'), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / 'notes.txt').write_text('nothing')
    found = find(tmp_path)
    assert [source.path.relative_to(tmp_path).as_posix() for source in found] == [
        *('a/sad/two.avi', 'b/joy/one', 'c', 'd')
    ]
    assert [source.kind for source in found] == ['media', 'bag', 'bag', 'media']
    labels = [source.labels(0) for source in found]
    assert labels[0] == ('folder', [Stretch(0.0, None, 'sad')])
    assert labels[1] == ('folder', [Stretch(0.0, None, 'happy')])
    assert labels[2] == labels[3] == (None, [])


def test_paths_keep_their_order(tmp_path):
    late, early = bag(tmp_path / 'z'), clip(tmp_path / 'a.avi')
    assert [source.path for source in find(late, early)] == [late, early]


def test_the_folder_around_a_recording_that_is_named_itself_says_its_label(tmp_path):
    path = bag(tmp_path / 'Fear' / 'bag')
    assert find(path)[0].labels(0)[1][0].label == 'scared'
    path = clip(tmp_path / 'anger' / 'clip.avi')
    assert find(path)[0].labels(0)[1][0].label == 'angry'


def test_labels_in_a_bag_go_before_its_folder(tmp_path):
    changes = [
        LabelChange(START_NS - NS_PER_S, 'joy'),
        LabelChange(START_NS + NS_PER_S, ''),
        LabelChange(START_NS + 2 * NS_PER_S, 'sad'),
    ]
    path = bag(tmp_path / 'fear' / 'bag', changes)
    assert find(path)[0].labels(START_NS) == (
        'bag',
        [Stretch(0.0, 1.0, 'happy'), Stretch(2.0, None, 'sad')],
    )


def test_labels_in_a_bag_are_on_the_topic_that_is_named(tmp_path):
    path = bag(tmp_path / 'bag', [LabelChange(START_NS, 'sad')], labels_topic='/said')
    assert find(path)[0].labels(START_NS) == (None, [])
    (source,) = find(path, labels='/said')
    assert source.labels(START_NS) == ('bag', [Stretch(0.0, None, 'sad')])


def test_a_word_in_a_bag_that_is_no_label_is_told(tmp_path):
    path = bag(tmp_path / 'bag', [LabelChange(START_NS, 'bored')])
    with pytest.raises(BagError, match="/labels: unknown emotion label 'bored'"):
        find(path)[0].labels(START_NS)


def test_both_kinds_give_samples_and_their_length(tmp_path):
    for path in (bag(tmp_path / 'bag'), clip(tmp_path / 'clip.avi')):
        (source,) = find(path)
        assert len(list(source.samples(lambda *error: None))) >= 4
        assert source.length_s() > 0.1


def test_a_bag_that_is_broken_is_found_all_the_same(tmp_path):
    """It shall be told as one that could not be evaluated."""
    (tmp_path / 'broken.mcap').write_bytes(b'nothing')
    (source,) = find(tmp_path)
    assert source.length_s() == 0.0
    with pytest.raises(BagError):
        source.samples(lambda *error: None)


def test_nothing_to_evaluate_is_told(tmp_path):
    with pytest.raises(RecordingError, match='no bags, videos, sound files or pictures in it'):
        find(tmp_path)
    with pytest.raises(RecordingError, match='no such file or folder'):
        find(tmp_path / 'nowhere')
    path = clip(tmp_path / 'clip.avi')
    with pytest.raises(RecordingError, match='was given twice'):
        find(path, path)
