import numpy as np
import pytest
from contract import tiny_corpora

from fer_ros import testing
from fer_ros.data.cremad import CremaD
from fer_ros.data.cremad_video import CremaDVideo
from fer_ros.data.ravdess_video import RavdessVideo
from fer_ros.data.speech_corpus import CorpusError
from fer_ros.sources import open_media
from fer_ros.types import Frame


def opened(cls, folder, **settings):
    return cls(cls.Config(root=str(folder), **settings))


@pytest.fixture(scope='module')
def ravdess(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ravdess')
    tiny_corpora.ravdess_video(folder)
    return folder


def test_a_clip_has_pictures_with_their_times_and_sound(ravdess):
    corpus = opened(RavdessVideo, ravdess, frame_rate=5.0, edge=48)
    (number, *_) = corpus.splits()['test']
    example = corpus.example(number)
    assert example['frames'].shape[1:] == (32, 48, 3)
    assert np.diff(example['stamps_ns']).min() >= 200_000_000
    all_frames = [s for s in open_media(corpus.path(number)) if isinstance(s, Frame)]
    stamps = [frame.stamp_ns for frame in all_frames]
    assert set(example['stamps_ns'].tolist()) <= set(stamps)
    first = all_frames[stamps.index(example['stamps_ns'][0])].image
    assert abs(float(example['frames'][0].mean()) - float(first.mean())) < 1.0
    assert 0.3 * 16_000 < len(example['input']) < 0.8 * 16_000
    assert np.abs(example['input']).max() > 0.05


def test_splits_are_those_of_the_sound(ravdess):
    corpus = opened(RavdessVideo, ravdess)
    testing.check_dataset(corpus)
    assert {corpus.clips[n].subject for n in corpus.splits()['test']} == {'21'}
    fold = opened(RavdessVideo, ravdess, fold=1)
    assert {fold.clips[n].subject for n in fold.splits()['test']} == {'01', '21'}
    assert {corpus.labels[clip.target] for clip in corpus.clips} == {'neutral', 'angry'}


def test_a_file_without_pictures_is_named(ravdess, tmp_path):
    name = '01-01-01-01-01-01-21.mp4'
    tiny_corpora.video_without_pictures(tmp_path / name)
    corpus = opened(RavdessVideo, tmp_path)
    with pytest.raises(CorpusError, match=name):
        next(iter(corpus.examples('test')))


def test_cremad_divides_its_actors_alike_with_and_without_pictures(tmp_path):
    tiny_corpora.cremad(tmp_path)
    for actor in range(1001, 1013):
        tiny_corpora.film(tmp_path / 'VideoFlash' / f'{actor}_DFA_HAP_XX.flv', actor, 0.2)
    video, sound = opened(CremaDVideo, tmp_path), opened(CremaD, tmp_path)
    assert len(video.clips) == 12
    for split in ('train', 'val', 'test'):
        actors = [{c.clips[n].subject for n in c.splits()[split]} for c in (video, sound)]
        assert actors[0] == actors[1]
    example = video.example(video.splits()['test'][0])
    assert video.labels[int(example['target'].argmax())] == 'happy'
    assert example['frames'].shape[1:] == (64, 96, 3)
