import csv
import io
import tarfile
from collections import Counter

import numpy as np
import pytest
import soundfile

from fer_ros.data import ravdess
from fer_ros.data.audio_files import AudioFiles, AudioFilesError, decode, load_clips, to_float
from fer_ros.data.nemo import Nemo
from fer_ros.data.ravdess import EMOBOX_FOLDS, Ravdess, actors_of
from fer_ros.data.speech_corpus import Clip, CorpusError, SpeechCorpus
from fer_ros.writing import WritingError


def write_sound(path, rate_hz=16000, size=800, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.1 * np.random.default_rng(seed).standard_normal(size)
    soundfile.write(path, samples, rate_hz)
    return samples


@pytest.fixture
def ravdess_folder(tmp_path):
    """The layout as distributed: a folder per actor, 48 kHz WAV; and a song, which is not read."""
    for actor in range(1, 25):
        for emotion in range(1, 9):
            name = f'03-01-{emotion:02d}-01-01-01-{actor:02d}.wav'
            write_sound(tmp_path / f'Actor_{actor:02d}' / name, 48000, 480)
    write_sound(tmp_path / 'Actor_01' / '03-02-01-01-01-01-01.wav')
    return tmp_path


def pack(folder, archive, names):
    with tarfile.open(archive, 'w') as tar:
        for name in names:
            tar.add(folder / name, name)


def speakers_of(corpus, split):
    return {corpus.clips[number].subject for number in corpus.splits()[split]}


def test_ravdess_as_distributed(ravdess_folder):
    corpus = Ravdess(Ravdess.Config(root=str(ravdess_folder)))
    assert len(corpus.clips) == 24 * 8
    first = corpus.clips[0]
    assert (first.subject, first.group, corpus.labels[first.target]) == ('01', 'M', 'neutral')
    assert speakers_of(corpus, 'test') == {'21', '22', '23', '24'}
    examples = list(corpus.examples('val'))
    assert len(examples) == 4 * 8
    assert examples[0]['input'].shape == (160,)
    assert examples[0]['target'].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_a_tar_is_read_like_the_folder(ravdess_folder, tmp_path):
    packed = tmp_path / 'packed' / 'ravdess_speech'
    packed.mkdir(parents=True)
    names = [path.relative_to(ravdess_folder) for path in ravdess_folder.rglob('03-*.wav')]
    pack(ravdess_folder, packed / 'all.tar', names)
    loose = Ravdess(Ravdess.Config(root=str(ravdess_folder)))
    from_tar = Ravdess(Ravdess.Config(root=str(packed.parent)))
    assert from_tar.clips == tuple(c for c in loose.clips if not c.file.startswith('packed'))
    np.testing.assert_array_equal(from_tar.load([3], 16000)[0], loose.load([3], 16000)[0])


@pytest.mark.parametrize('fold', range(7))
def test_no_actor_is_on_two_sides(fold):
    actors = actors_of(fold)
    counted = Counter(actor for side in actors.values() for actor in side)
    assert counted == Counter(range(1, 25))
    assert {actor % 2 for actor in actors['val']} == {0, 1}


def test_every_actor_is_tested_in_one_fold():
    tested = [actor for fold in range(1, 7) for actor in actors_of(fold)['test']]
    assert sorted(tested) == list(range(1, 25))
    assert [actors_of(fold)['test'] for fold in range(1, 7)] == list(EMOBOX_FOLDS)


def test_nemo_as_distributed(tmp_path):
    for speaker in ('IC0', 'SM0', 'TP0'):
        for emotion in ('neutral', 'sadness', 'happiness', 'anger', 'fear', 'surprised'):
            write_sound(tmp_path / 'samples' / f'{speaker}_{emotion}_7.wav', 24000, 480)
    corpus = Nemo(Nemo.Config(root=str(tmp_path)))
    assert {split: len(numbers) for split, numbers in corpus.splits().items()} == {
        'train': 6,
        'val': 6,
        'test': 6,
    }
    by_name = {clip.file.split('_')[1]: corpus.labels[clip.target] for clip in corpus.clips}
    assert by_name['fear'] == 'fearful'
    assert by_name['surprised'] == 'surprised'
    assert corpus.load([0], 16000)[0].shape == (320,)


def test_a_folder_without_the_corpus_is_refused(tmp_path):
    with pytest.raises(CorpusError, match='no clip'):
        Ravdess(Ravdess.Config(root=str(tmp_path)))
    with pytest.raises(AudioFilesError, match='nowhere'):
        Nemo(Nemo.Config(root=str(tmp_path / 'nowhere')))


def test_a_speaker_in_two_splits_is_refused(tmp_path):
    sides = {name: frozenset({'a'}) for name in ('train', 'val', 'test')}
    with pytest.raises(CorpusError, match='two splits'):
        SpeechCorpus(AudioFiles(tmp_path), ('happy',), [Clip('x.wav', 'a', 'F', 0)], sides)


def test_an_unknown_split_is_refused(ravdess_folder):
    corpus = Ravdess(Ravdess.Config(root=str(ravdess_folder)))
    with pytest.raises(CorpusError, match='dev'):
        next(corpus.examples('dev'))


def test_decoding_keeps_samples_order_and_cache(tmp_path):
    folder = tmp_path / 'sounds'
    written = {
        f'{n}.wav': write_sound(folder / f'{n}.wav', seed=n, size=100 + n) for n in range(9)
    }
    names = sorted(written, reverse=True)
    cache = tmp_path / 'cache'
    first = load_clips(AudioFiles(folder), names, 16000, cache)
    for name, clip in zip(names, first, strict=True):
        np.testing.assert_allclose(to_float(clip), written[name], atol=2e-4)
    (kept,) = cache.iterdir()
    with np.load(kept) as stored:
        np.savez(kept, samples=-stored['samples'], ends=stored['ends'])
    again = load_clips(AudioFiles(folder), names, 16000, cache)
    assert all(np.array_equal(-a, b) for a, b in zip(first, again, strict=True))


def test_a_clip_that_changed_is_decoded_again(tmp_path):
    folder, cache = tmp_path / 'sounds', tmp_path / 'cache'
    write_sound(folder / 'a.wav', seed=0, size=100)
    load_clips(AudioFiles(folder), ['a.wav'], 16000, cache)
    newer = write_sound(folder / 'a.wav', seed=1, size=200)
    (clip,) = load_clips(AudioFiles(folder), ['a.wav'], 16000, cache)
    np.testing.assert_allclose(to_float(clip), newer, atol=2e-4)


def test_stereo_is_mixed_as_on_the_robot():
    tone = 0.5 * np.sin(np.arange(1600) / 10)
    content = io.BytesIO()
    soundfile.write(content, np.stack((np.zeros(1600), tone), 1), 16000, 'PCM_24', format='WAV')
    np.testing.assert_allclose(decode(content.getvalue(), 16000), tone / 2, atol=1e-5)


def test_a_cache_that_cannot_be_written_leaves_nothing(tmp_path, small_files):
    for name in ('a.wav', 'b.wav'):
        write_sound(tmp_path / name, size=small_files // 3)
    cache = tmp_path / 'cache'
    with pytest.raises(WritingError, match=r'clips-\w+\.npz cannot be written'):
        load_clips(AudioFiles(tmp_path), ['a.wav', 'b.wav'], 16000, cache)
    assert list(cache.iterdir()) == []


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / 'broken.wav').write_bytes(b'no sound')
    with pytest.raises(AudioFilesError, match=r'broken\.wav'):
        load_clips(AudioFiles(tmp_path), ['broken.wav'], 16000)
    with pytest.raises(AudioFilesError, match=r'absent\.wav'):
        load_clips(AudioFiles(tmp_path), ['absent.wav'], 16000)


@pytest.mark.data
def test_ravdess_agrees_with_its_table(data_folder):
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    with (data_folder / 'ravdess_speech' / 'ravdess.csv').open(encoding='utf-8') as file:
        rows = {row['file']: row for row in csv.DictReader(file)}
    assert {clip.file for clip in corpus.clips} == set(rows)
    split_of = {n: name for name, numbers in corpus.splits().items() for n in numbers}
    for number, clip in enumerate(corpus.clips):
        row = rows[clip.file]
        assert corpus.labels[clip.target] == row['emotion']
        assert (int(clip.subject), clip.group) == (int(row['speaker']), row['sex'])
        assert split_of[number] == row['split']
        assert int(clip.subject) in ravdess.EMOBOX_FOLDS[int(row['emobox_fold']) - 1]


@pytest.mark.data
def test_nemo_agrees_with_its_table(data_folder):
    corpus = Nemo(Nemo.Config(root=str(data_folder)))
    with (data_folder / 'nemo_polish' / 'nemo.csv').open(encoding='utf-8') as file:
        rows = {row['file']: row for row in csv.DictReader(file)}
    assert {clip.file for clip in corpus.clips} == set(rows)
    split_of = {n: name for name, numbers in corpus.splits().items() for n in numbers}
    for number, clip in enumerate(corpus.clips):
        row = rows[clip.file]
        assert (corpus.labels[clip.target], clip.group) == (row['emotion'], row['sex'])
        assert (clip.subject, split_of[number]) == (row['speaker'], row['split'])
