"""Fusions on videos: the pipeline's own evidence, from a tiny copy of a corpus."""

import shutil

import numpy as np
import pytest
from contract import tiny_corpora

from fakes import write_models
from fer_ros.config import parse
from fer_ros.evaluation import fusion_clips, fusion_sources
from fer_ros.evaluation.fusion_clips import FusionClipsError
from fer_ros.evaluation.fusion_sources import SourceConfig
from fer_ros.evaluation.fusion_tables import CLEAN, SPOILT
from fer_ros.labels import index_of
from fer_ros.sources import open_media
from fer_ros.training.fusion import FusionTask
from fer_ros.training.sampling import generator_for
from fer_ros.types import AudioChunk


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    """Videos of actors 1, 5, 9, ... 21, each neutral and angry, of one second."""
    folder = tmp_path_factory.mktemp('videos')
    for actor in range(1, 25, 4):
        home = folder / 'ravdess_video' / f'Actor_{actor:02d}'
        for emotion in (1, 5):
            name = f'01-01-{emotion:02d}-01-01-01-{actor:02d}.mp4'
            tiny_corpora.film(home / name, 10 * actor + emotion)
    return folder


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Settings with models that answer at once, and a cache of its own."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    write_models(tmp_path)
    return {
        'face_model': str(tmp_path / 'face_backbone'),
        'voice_model': str(tmp_path / 'audio_backbone'),
        'detector': {'plugin': 'fakes:FakeDetector', 'boxes': [10.0, 10.0, 40.0, 40.0]},
        'vad': {'plugin': 'fakes:FakeVad'},
        'moments': 2,
        'step': 0.3,
    }


def clips(told, corpus, split, **changes):
    config = parse(SourceConfig, {'kind': 'clips', 'clips': {**told, **changes}})
    return fusion_sources.clips(config, corpus, split)


def test_each_video_is_a_real_pair_of_one_person(told, corpus):
    found = clips(told, corpus, 'test')
    assert found.modalities == ('face', 'voice')
    assert sorted(found.labels.tolist()) == sorted([index_of('neutral'), index_of('angry')])
    assert set(found.subjects.tolist()) == {'21'}
    evidence = found.evidence(0, {})
    assert {name: len(track) for name, track in evidence.items()} == {'face': 2, 'voice': 2}
    assert evidence['face'][-1].logits.argmax() == index_of('happy')
    assert evidence['voice'][-1].logits.argmax() == index_of('sad')
    assert evidence['face'][-1].stamp_ns - evidence['face'][0].stamp_ns == 300_000_000


def test_people_are_divided_by_what_the_models_know(told, corpus):
    known = {split: set(clips(told, corpus, split).subjects) for split in fusion_sources.SPLITS}
    assert known == {'fit': {'17'}, 'choose': set(), 'both': {'17'}, 'test': {'21'}}
    new = {
        split: set(clips(told, corpus, split, known=False).subjects)
        for split in fusion_sources.SPLITS
    }
    train = {'01', '05', '09', '13'}
    assert new == {'fit': train, 'choose': {'17'}, 'both': train | {'17'}, 'test': {'21'}}


def test_what_is_not_found_in_a_spoilt_video_says_nothing(told, corpus, monkeypatch):
    def only_sound(path):
        return (sample for sample in open_media(path) if isinstance(sample, AudioChunk))

    monkeypatch.setattr(fusion_clips, '_spoilt', only_sound)
    tables = clips(told, corpus, 'test').tables
    assert tables['face'].features(0, CLEAN)[-1].logits.argmax() == index_of('happy')
    face, voice = (tables[name].features(0, SPOILT)[-1] for name in ('face', 'voice'))
    assert face.quality == 0.0
    assert np.ptp(face.logits) == 0.0
    assert voice.logits.argmax() == index_of('sad')


def test_a_second_reading_comes_from_the_cache(told, corpus, monkeypatch):
    first = clips(told, corpus, 'test')
    monkeypatch.setattr(fusion_clips, 'drive', None)
    again = clips(told, corpus, 'test')
    for name, table in first.tables.items():
        np.testing.assert_array_equal(again.tables[name].embedding, table.embedding)


def test_a_video_that_came_later_is_read_as_well(told, corpus, tmp_path):
    grown = shutil.copytree(corpus, tmp_path / 'grown')
    assert len(clips(told, grown, 'test')) == 2
    home = grown / 'ravdess_video' / 'Actor_21'
    tiny_corpora.film(home / '01-01-03-01-01-01-21.mp4', 7)
    assert len(clips(told, grown, 'test')) == 3


def test_videos_without_a_face_are_refused(told, corpus):
    nobody = {'plugin': 'fakes:FakeDetector', 'boxes': []}
    with pytest.raises(FusionClipsError, match='no video shows a face and has a voice'):
        clips(told, corpus, 'test', detector=nobody)


def test_a_network_is_trained_on_them(told, corpus):
    source = {'kind': 'clips', 'clips': {**told, 'known': False}}
    settings = {'source': source, 'backbone': {'plugin': 'recurrent', 'steps': 2, 'width': 8}}
    task = FusionTask(parse(FusionTask.Config, settings), corpus)
    assert task.labels == ('neutral', 'angry')
    inputs = task.split('train').inputs
    assert len(inputs) == 8
    network = task.network(task.config.backbone)
    _, logits = network(task.augment(inputs, generator_for(0, 0)))
    assert logits.shape == (8, 2)
    assert logits.isfinite().all()
    about = task.card()['input']['modalities']
    assert {name: one['model'] for name, one in about.items()} == {
        'face': 'face_backbone',
        'voice': 'audio_backbone',
    }
