import json

import pytest

from fer_ros.evaluation import label_files
from fer_ros.evaluation.label_files import LabelFile, LabelFileError
from fer_ros.evaluation.truth import Stretch


def csv_file(tmp_path, text):
    path = tmp_path / 'labels.csv'
    path.write_text(text, encoding='utf-8')
    return path


def assigned(tmp_path, text, recordings=('clip.mp4',)):
    return LabelFile.read(csv_file(tmp_path, text)).assign(recordings)


def test_words_of_other_vocabularies_are_understood(tmp_path):
    found = assigned(tmp_path, 'start,end,label\n0,1.5,Joy\n1.5,2,fear\n')
    assert found == {'clip.mp4': [Stretch(0, 1.5, 'happy'), Stretch(1.5, 2, 'scared')]}


def test_all_that_is_known_of_a_stretch_is_read(tmp_path):
    text = 'start,end,label,track,group,valence,arousal,note\n0,1,sad,2,women,-0.5,0.25,rain\n'
    (stretch,) = assigned(tmp_path, text)['clip.mp4']
    assert stretch == Stretch(0, 1, 'sad', 2, 'women', -0.5, 0.25)


def test_json_lines_say_the_same_as_csv(tmp_path):
    path = tmp_path / 'labels.jsonl'
    rows = [{'start': 0, 'end': 1, 'label': 'sad', 'track': 2}, {'label': 'joy', 'file': 'b'}]
    path.write_text('\n\n'.join(json.dumps(row) for row in rows))
    with pytest.raises(LabelFileError, match='labels for 2 recordings need a column file'):
        LabelFile.read(path).assign(['a', 'b'])
    assert LabelFile.read(path).assign(['b']) == {'b': [Stretch(0.0, None, 'happy')]}


def test_without_times_a_label_is_that_of_the_whole_recording(tmp_path):
    assert assigned(tmp_path, 'label\nsad\n') == {'clip.mp4': [Stretch(0.0, None, 'sad')]}


def test_an_empty_label_says_that_nothing_is_known(tmp_path):
    found = assigned(tmp_path, 'start,end,label\n0,1,sad\n1,2,\n')
    assert [stretch.label for stretch in found['clip.mp4']] == ['sad']


@pytest.mark.parametrize('name', ['corpus/s1/clip.mp4', 's1/clip.mp4', 's1/clip', 'clip'])
def test_a_recording_is_named_by_the_end_of_its_path(tmp_path, name):
    recordings = ['/data/corpus/s1/clip.mp4', '/data/corpus/s1/other.mp4']
    found = assigned(tmp_path, f'file,label\n{name},sad\n', recordings)
    assert set(found) == {recordings[0]}


@pytest.mark.parametrize('name', ['s1/clip.flac', 'clip.flac', 'clip.MP4'])
def test_a_bag_is_named_by_the_media_file_that_it_was_made_of(tmp_path, name):
    found = assigned(tmp_path, f'file,label\n{name},sad\n', ['bags/s1/clip', 'bags/s1/other'])
    assert set(found) == {'bags/s1/clip'}


def test_a_bag_of_one_of_two_media_files_is_not_guessed(tmp_path):
    text = 'file,label\nclip.flac,sad\nclip.mp4,happy\n'
    assert assigned(tmp_path, text, ['bags/clip', 'bags/other']) == {}
    assert set(assigned(tmp_path, f'{text}clip,happy\n', ['bags/clip'])) == {'bags/clip'}


def test_a_name_that_fits_two_recordings_is_refused(tmp_path):
    with pytest.raises(LabelFileError, match=r'clip may be a/clip\.mp4 or b/clip\.mp4'):
        assigned(tmp_path, 'file,label\nclip,sad\n', ['a/clip.mp4', 'b/clip.mp4'])


@pytest.mark.parametrize(
    ('row', 'reason'),
    [
        ('0,1,bored', "unknown emotion label 'bored'"),
        ('1,1,sad', 'start 1.0 and end 1.0 are no stretch of time'),
        ('-1,1,sad', 'are no stretch of time'),
        ('x,1,sad', 'could not convert'),
        ('nan,1,sad', 'not finite'),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, row, reason):
    with pytest.raises(LabelFileError, match=rf'labels\.csv, line 3: .*{reason}'):
        assigned(tmp_path, f'start,end,label\n0,1,sad\n{row}\n')


@pytest.mark.parametrize('text', ['start,end\n0,1\n', 'start;end;label\n0;1;sad\n'])
def test_a_file_without_labels_is_told(tmp_path, text):
    with pytest.raises(LabelFileError, match='line 2: no label in it; it has start'):
        assigned(tmp_path, text)


def test_values_beyond_their_range_are_told(tmp_path):
    with pytest.raises(LabelFileError, match=r'valence 2 is not in \[-1, 1\]'):
        assigned(tmp_path, 'label,valence\nsad,2\n')


@pytest.mark.parametrize('content', [b'\xff\xfe\x00', b'[1]\n', b'{"label": '])
def test_what_is_no_text_is_told(tmp_path, content):
    path = tmp_path / 'labels.jsonl'
    path.write_bytes(content)
    with pytest.raises(LabelFileError, match=r'labels\.jsonl'):
        LabelFile.read(path)


@pytest.mark.parametrize(
    ('line', 'reason'),
    [
        ('[' * 100_000, 'no JSON'),
        ('{"label": "sad", "start": ' + '9' * 5000 + '}', 'no JSON'),
        ('{"label": "sad", "end": 1' + '0' * 400 + '}', 'too large'),
        ('{"label": "sad", "track": 1e400}', 'not finite'),
        ('{"label": ["sad"]}', 'unknown emotion label'),
        ('null', 'expected a JSON object'),
    ],
    ids=range(6),
)
def test_json_that_no_labels_have_is_an_error_with_its_line(tmp_path, line, reason):
    path = tmp_path / 'labels.jsonl'
    path.write_text(f'{{"label": "sad"}}\n{line}\n')
    with pytest.raises(LabelFileError, match=rf'labels\.jsonl, line 2: .*{reason}'):
        LabelFile.read(path)


def test_a_field_without_end_is_an_error(tmp_path):
    with pytest.raises(LabelFileError, match='field larger than field limit'):
        assigned(tmp_path, 'label\n"' + 'x' * 200_000)


def test_a_file_has_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(label_files, 'MAX_BYTES', 5)
    with pytest.raises(LabelFileError, match='more than 5 bytes'):
        assigned(tmp_path, 'label\nsad\n')


def test_the_name_of_a_recording_is_compared_and_never_opened(tmp_path):
    """Whatever path a file of labels names, only recordings that were given get labels."""
    names = ['/etc/passwd', '../../clip', 'clip/../../clip.mp4', 'a\\..\\clip']
    text = 'file,label\n' + ''.join(f'{name},sad\n' for name in names)
    assert assigned(tmp_path, text) == {}
