from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import write_clip

from fer_ros.evaluation.clip_labels import ClipLabelsError, changes, of_folders
from fer_ros.evaluation.clips import Clip, ClipError, find_clips
from fer_ros.evaluation.truth import Stretch, TruthError
from fer_ros.types import NS_PER_S, AudioChunk, Frame

START_NS = 1_000 * NS_PER_S


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def picture(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((4, 6, 3), value, np.uint8))


def sound(path, seconds=1.0):
    clip = write_clip(path.with_suffix('.mkv'), seconds, lambda t: (0, 0, 0), lambda t: 0.5)
    return clip.rename(path)


def found(root):
    return {clip.name: clip.label for clip in find_clips(root)}


def test_the_nearest_folder_that_names_an_emotion_is_the_label(tmp_path):
    touch(tmp_path, 'joy/s1/a.mp4', 'joy/s1/anger/b.wav', 's2/c.MOV', 'notes.txt')
    assert found(tmp_path) == {'joy/s1/a': 'happy', 'joy/s1/anger/b': 'angry', 's2/c': None}


def test_hidden_folders_are_passed_over(tmp_path):
    touch(tmp_path, '.thumbnails/a.jpg', 'a.mp4', 's1/.cache/b.mp4')
    assert set(found(tmp_path)) == {'a'}


def test_the_folder_that_was_given_counts_too(tmp_path):
    touch(tmp_path, 'fear/a.mp4')
    assert found(tmp_path / 'fear') == {'a': 'scared'}
    assert found(tmp_path / 'fear' / 'a.mp4') == {'a': 'scared'}


def test_a_folder_of_pictures_is_one_clip_in_the_order_of_numbers(tmp_path):
    touch(tmp_path, 'sad/s1/f10.png', 'sad/s1/f9.png', 'sad/s1/f1.png', 'sad/s1/voice.wav')
    (clip,) = find_clips(tmp_path)
    assert (clip.name, clip.label, clip.sound.name) == ('sad/s1', 'sad', 'voice.wav')
    assert [path.name for path in clip.pictures] == ['f1.png', 'f9.png', 'f10.png']


def test_pictures_with_two_sounds_are_not_understood(tmp_path):
    touch(tmp_path, 's1/f1.png', 's1/a.wav', 's1/b.wav')
    with pytest.raises(ClipError, match=r'which sound .* a\.wav, b\.wav'):
        find_clips(tmp_path)


def test_a_video_and_a_sound_of_one_name_are_two_clips(tmp_path):
    touch(tmp_path, 'a.mp4', 'a.wav', 'b.wav')
    assert set(found(tmp_path)) == {'a.mp4', 'a.wav', 'b'}


@pytest.mark.parametrize('name', ['empty', 'missing'])
def test_no_clips_is_an_error(tmp_path, name):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ClipError, match=name):
        find_clips(tmp_path / name)


def test_pictures_come_evenly_with_the_sound_beside_them(tmp_path):
    for number in range(3):
        picture(tmp_path / f'{number}.png', number)
    sound(tmp_path / 'voice.oga')
    (clip,) = find_clips(tmp_path)
    samples = list(clip.samples(START_NS, fps=10))
    assert [s.stamp_ns for s in samples] == sorted(s.stamp_ns for s in samples)
    frames = [s for s in samples if isinstance(s, Frame)]
    assert [(s.stamp_ns - START_NS, s.image[0, 0, 0]) for s in frames] == [
        (0, 0),
        (100_000_000, 1),
        (200_000_000, 2),
    ]
    assert any(isinstance(s, AudioChunk) for s in samples)


def test_pictures_may_have_times_of_their_own(tmp_path):
    picture(tmp_path / 'a.png', 1)
    picture(tmp_path / 'b.png', 2)
    (tmp_path / 'stamps.csv').write_text('file,time\na.png,0.25\nb.png,1.5\n')
    (clip,) = find_clips(tmp_path)
    assert [s.stamp_ns - START_NS for s in clip.samples(START_NS, fps=10)] == [
        250_000_000,
        1_500_000_000,
    ]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('file,time\na.png,0\n', r'b\.png'),
        ('a,b\n', 'file, time'),
        ('file,time\na.png,2\nb.png,1\n', 'grow'),
        ('file,time\na.png,x\nb.png,1\n', 'float'),
    ],
)
def test_wrong_times_are_told(tmp_path, text, message):
    picture(tmp_path / 'a.png', 1)
    picture(tmp_path / 'b.png', 2)
    (tmp_path / 'stamps.csv').write_text(text)
    (clip,) = find_clips(tmp_path)
    with pytest.raises(ClipError, match=message):
        list(clip.samples(START_NS, fps=10))


def told(stretches):
    """Seconds and label of each change."""
    return [
        ((change.stamp_ns - START_NS) / NS_PER_S, change.label)
        for change in changes(stretches, START_NS)
    ]


def test_a_label_holds_until_the_next_one():
    stretches = [Stretch(2.0, 3.0, 'sad'), Stretch(0.5, 2.0, 'happy'), Stretch(5.0, None, 'angry')]
    assert told(stretches) == [(0.5, 'happy'), (2.0, 'sad'), (3.0, ''), (5.0, 'angry')]


def test_the_label_of_a_folder_is_that_of_the_whole_clip():
    assert told(of_folders(Clip('a', Path('a.mp4'), 'happy'))) == [(0.0, 'happy')]
    assert told(of_folders(Clip('a', Path('a.mp4'), None))) == []


def test_labels_of_faces_and_labels_that_overlap_are_refused():
    with pytest.raises(ClipLabelsError, match='face 2'):
        told([Stretch(0.0, 1.0, 'sad', track=2)])
    with pytest.raises(TruthError, match='overlap'):
        told([Stretch(0.0, 2.0, 'sad'), Stretch(1.0, 3.0, 'happy')])
