import shutil

import numpy as np
import pytest
from clips import write_clip
from rosbags.highlevel import AnyReader

from fer_ros.cli import main
from fer_ros.decode import decode_audio, decode_image
from fer_ros.evaluation.bag_messages import message_types
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import find_recordings
from fer_ros.sources import open_media
from fer_ros.types import NS_PER_S, Frame


@pytest.fixture
def corpus(tmp_path):
    for name, level in (('joy/s1/a.mkv', 40), ('anger/b.mkv', 200)):
        path = tmp_path / 'corpus' / name
        path.parent.mkdir(parents=True)
        write_clip(path, 0.5, lambda t, level=level: (level, 90, round(200 * t)), lambda t: t)
    return tmp_path / 'corpus'


def make(*words):
    return main(['bag', 'make', *map(str, words)])


def read(folder):
    """Samples in order of their stamps, and the labels with the stamps in seconds."""
    samples, labels, info = [], [], None
    with AnyReader([folder], default_typestore=message_types()) as reader:
        for connection, _, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            if connection.topic == '/labels':
                stamp = message.header.stamp
                labels.append((stamp.sec + stamp.nanosec / NS_PER_S, message.expression))
            elif connection.topic == '/audio_info':
                info = message
            elif connection.topic == '/image':
                samples.append(decode_image(message))
            else:
                samples.append(decode_audio(message, info))
    return sorted(samples, key=lambda each: (each.stamp_ns, isinstance(each, Frame))), labels


def names(folder):
    return sorted(
        path.parent.relative_to(folder).as_posix() for path in folder.rglob('metadata.yaml')
    )


def test_a_bag_is_made_of_every_clip(corpus, tmp_path, capsys):
    assert make(corpus, '--out', tmp_path / 'bags', '--start', 5000) == 0
    assert names(tmp_path / 'bags') == ['anger/b', 'joy/s1/a']
    assert capsys.readouterr().out == f'2 bags made in {tmp_path / "bags"}\n'
    samples, labels = read(tmp_path / 'bags' / 'joy' / 's1' / 'a')
    assert labels == [(5000.0, 'happy')]
    expected = list(open_media(corpus / 'joy' / 's1' / 'a.mkv', 5000 * NS_PER_S))
    assert [sample.stamp_ns for sample in samples] == [sample.stamp_ns for sample in expected]
    for got, wanted in zip(samples, expected, strict=True):
        if isinstance(wanted, Frame):
            np.testing.assert_array_equal(got.image, wanted.image)
        else:
            np.testing.assert_array_equal(got.samples, wanted.samples)


def test_a_table_labels_instead_of_folders(corpus, tmp_path, capsys):
    table = tmp_path / 'labels.csv'
    table.write_text('file,start,end,label\na.mkv,0.1,0.3,fear\n')
    assert make(corpus, '--out', tmp_path / 'bags', '--labels', table, '--start', 1) == 0
    assert '1 of them without a label' in capsys.readouterr().out
    assert read(tmp_path / 'bags' / 'joy' / 's1' / 'a')[1] == [(1.1, 'scared'), (1.3, '')]
    assert read(tmp_path / 'bags' / 'anger' / 'b')[1] == []


def test_labels_that_contradict_each_other_are_told(corpus, tmp_path, capsys):
    table = tmp_path / 'labels.csv'
    table.write_text('file,start,end,label\na.mkv,0,0.3,fear\na.mkv,0.2,0.4,joy\n')
    assert make(corpus, '--out', tmp_path / 'bags', '--labels', table) == 1
    assert 'a.mkv: labels scared and happy overlap at 0.2 s' in capsys.readouterr().err
    assert names(tmp_path / 'bags') == ['anger/b']


def test_a_broken_clip_is_one_line_and_the_others_go_on(corpus, tmp_path, capsys):
    (corpus / 'broken.mp4').write_text('no video')
    assert make(corpus, '--out', tmp_path / 'bags') == 1
    out, err = capsys.readouterr()
    assert '2 bags made' in out
    assert '1 could not be made' in out
    (line,) = [line for line in err.splitlines() if 'error' in line]
    assert 'broken.mp4' in line
    assert names(tmp_path / 'bags') == ['anger/b', 'joy/s1/a']


def test_a_bag_that_was_never_finished_is_no_recording(corpus, tmp_path):
    bags = tmp_path / 'bags'
    assert make(corpus, '--out', bags) == 0
    shutil.copytree(bags / 'anger' / 'b', bags / 'anger' / '.unfinished-x' / 'c')
    sources = find_recordings([bags], Topics(), 25.0)
    assert [source.path.name for source in sources] == ['b', 'a']


def test_what_is_there_is_left_alone_without_force(corpus, tmp_path, capsys):
    assert make(corpus / 'anger', '--out', tmp_path / 'bags') == 0
    before = (tmp_path / 'bags' / 'b' / 'metadata.yaml').read_text()
    assert make(corpus / 'anger', '--out', tmp_path / 'bags', '--start', 7) == 1
    assert 'were there already' in capsys.readouterr().out
    assert (tmp_path / 'bags' / 'b' / 'metadata.yaml').read_text() == before
    assert make(corpus / 'anger', '--out', tmp_path / 'bags', '--start', 7, '--force') == 0
    assert (tmp_path / 'bags' / 'b' / 'metadata.yaml').read_text() != before


def test_two_clips_for_one_bag_are_refused(corpus, tmp_path, capsys):
    words = (corpus / 'joy' / 's1', corpus / 'joy' / 's1' / 'a.mkv')
    assert make(*words, '--out', tmp_path / 'bags') == 2
    assert 'would both become the bag a' in capsys.readouterr().err


@pytest.mark.parametrize(
    'words', [('--fps', '0'), ('--jpeg-quality', '101'), ('--start', '0'), ('--storage', 'zip')]
)
def test_wrong_options_are_refused(corpus, tmp_path, words, capsys):
    with pytest.raises(SystemExit) as info:
        make(corpus, '--out', tmp_path / 'bags', *words)
    assert info.value.code == 2
    assert words[0] in capsys.readouterr().err
