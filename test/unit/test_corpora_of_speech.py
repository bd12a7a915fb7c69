"""What each corpus's files are taken for; their contract is tested with all plugins."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from contract import tiny_corpora

from fer_ros.config import ConfigError, parse
from fer_ros.data.audio_files import AudioFiles, load_clips
from fer_ros.data.audio_folder import AudioFolder
from fer_ros.data.cremad import CremaD
from fer_ros.data.emodb import EmoDb
from fer_ros.data.iemocap import Iemocap
from fer_ros.data.label_folders import LabelFolderError
from fer_ros.data.meld import Meld
from fer_ros.data.savee import Savee
from fer_ros.data.speaker_split import derived_split
from fer_ros.data.tess import Tess
from fer_ros.training.voice import VoiceTask


@pytest.fixture
def opened(tmp_path):
    """Opens a tiny copy of a corpus."""

    def make(cls, maker, **settings):
        maker(tmp_path)
        return cls(cls.Config(root=str(tmp_path), **settings))

    return make


def speakers(corpus, split):
    return {corpus.clips[number].subject for number in corpus.splits()[split]}


def labels_by_file(corpus):
    return {Path(clip.file).name: corpus.labels[clip.target] for clip in corpus.clips}


def test_cremad_takes_sexes_from_its_table(opened):
    corpus = opened(CremaD, tiny_corpora.cremad)
    assert len(corpus.clips) == 12 * 6
    assert labels_by_file(corpus)['1003_DFA_FEA_XX.wav'] == 'fearful'
    assert {clip.group for clip in corpus.clips if clip.subject == '1003'} == {'F'}
    for split in ('val', 'test'):
        sexes = {c.subject: c.group for c in corpus.clips if c.subject in speakers(corpus, split)}
        assert sorted(sexes.values()) == ['F', 'M']


def test_cremad_without_its_table(opened, tmp_path):
    tiny_corpora.cremad(tmp_path)
    (tmp_path / 'VideoDemographics.csv').unlink()
    corpus = CremaD(CremaD.Config(root=str(tmp_path)))
    assert {clip.group for clip in corpus.clips} == {''}
    assert all(speakers(corpus, split) for split in ('train', 'val', 'test'))


def test_emodb_leaves_boredom_out(opened):
    corpus = opened(EmoDb, tiny_corpora.emodb)
    found = labels_by_file(corpus)
    assert len(found) == 10 * 6
    assert found['03a01Wa.wav'] == 'angry'
    assert found['03a01Aa.wav'] == 'fearful'
    assert '03a01La.wav' not in found
    assert len(speakers(corpus, 'train')) == 6


def test_savee_in_folders_or_in_one(opened, tmp_path):
    in_folders = opened(Savee, tiny_corpora.savee)
    found = {clip.file: in_folders.labels[clip.target] for clip in in_folders.clips}
    assert found['AudioData/JE/sa01.wav'] == 'sad'
    assert found['AudioData/JE/su01.wav'] == 'surprised'
    assert found['AudioData/JE/a01.wav'] == 'angry'
    flat = tmp_path / 'flat' / 'ALL'
    flat.mkdir(parents=True)
    for clip in in_folders.clips:
        (tmp_path / clip.file).rename(flat / '_'.join(Path(clip.file).parts[-2:]))
    in_one = Savee(Savee.Config(root=str(tmp_path / 'flat')))
    assert Counter((c.subject, c.target) for c in in_one.clips) == Counter(
        (c.subject, c.target) for c in in_folders.clips
    )


def test_tess_is_only_trained_on(opened):
    corpus = opened(Tess, tiny_corpora.tess)
    assert speakers(corpus, 'train') == {'OAF', 'YAF'}
    assert not corpus.splits()['val']
    assert labels_by_file(corpus)['OAF_back_ps.wav'] == 'surprised'
    assert labels_by_file(corpus)['OA_bite_neutral.wav'] == 'neutral'


@pytest.mark.parametrize(('fold', 'test', 'val'), [(0, '05', '04'), (1, '01', '05')])
def test_iemocap_tests_on_a_session(opened, fold, test, val):
    corpus = opened(Iemocap, tiny_corpora.iemocap, fold=fold)
    assert speakers(corpus, 'test') == {f'{test}F', f'{test}M'}
    assert speakers(corpus, 'val') == {f'{val}F', f'{val}M'}
    assert len(speakers(corpus, 'train')) == 6


def test_iemocap_joins_excitement_and_leaves_frustration_out(opened):
    corpus = opened(Iemocap, tiny_corpora.iemocap)
    counted = Counter(corpus.labels[clip.target] for clip in corpus.clips)
    assert counted == {'neutral': 10, 'angry': 10, 'happy': 20, 'sad': 10}


def test_meld_has_no_speaker_on_two_sides_and_sound_from_its_videos(opened):
    corpus = opened(Meld, tiny_corpora.meld)
    assert speakers(corpus, 'test') == {'Monica', 'Chandler'}
    assert speakers(corpus, 'train') == {'Ross', 'The Waiter'}
    assert len(corpus.clips) == 3 * 6
    assert len(corpus.load([0], 16000)[0]) == pytest.approx(1600, abs=800)  # AAC fills its frames


def test_sound_of_a_video_is_its_channels_mixed(tmp_path):
    import av

    seconds = np.arange(48_000) / 48_000
    tone = 0.5 * np.sin(2 * np.pi * 440 * seconds).astype(np.float32)
    with av.open(tmp_path / 'a.mp4', 'w') as container:
        stream = container.add_stream('aac', rate=48_000, layout='stereo')
        frame = av.AudioFrame.from_ndarray(np.stack((tone, tone)), 'fltp', 'stereo')
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    (clip,) = load_clips(AudioFiles(tmp_path), ['a.mp4'], 16000)
    middle = clip[4000:12000] / 32768
    strongest = np.abs(np.fft.rfft(middle)).argmax() * 16000 / len(middle)
    assert strongest == pytest.approx(440, abs=4)
    assert np.sqrt(np.square(middle).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_a_folder_for_each_label(opened):
    corpus = opened(AudioFolder, tiny_corpora.audio_folder)
    assert corpus.labels == ('happy', 'sadness')
    everybody = [speakers(corpus, split) for split in ('train', 'val', 'test')]
    assert set.union(*everybody) == {'ann', 'bob', 'cy', 'dee'}
    assert sum(map(len, everybody)) == 4


def test_speakers_from_the_names_of_files(tmp_path):
    for name in ('happy/ann-1.wav', 'happy/bob-1.wav', 'sad/ann-2.wav', 'sad/x/cy-1.wav'):
        tiny_corpora.sound(tmp_path / name)
    by_name = AudioFolder(AudioFolder.Config(root=str(tmp_path), speaker='([a-z]+)-'))
    assert {clip.subject for clip in by_name.clips} == {'ann', 'bob', 'cy'}
    by_folder = AudioFolder(AudioFolder.Config(root=str(tmp_path)))
    assert len({clip.subject for clip in by_folder.clips}) == 4


@pytest.mark.parametrize(
    ('folder', 'speaker', 'message'),
    [
        ('rubbish', '', 'rubbish'),
        ('happy', '(', 'regular expression'),
        ('happy', 'x', 'group'),
        ('happy', '(x)', 'finds none'),
    ],
)
def test_what_a_folder_cannot_mean_is_refused(tmp_path, folder, speaker, message):
    tiny_corpora.sound(tmp_path / folder / '1.wav')
    with pytest.raises(LabelFolderError, match=message):
        AudioFolder(AudioFolder.Config(root=str(tmp_path), speaker=speaker))


def test_a_derived_split_depends_on_names_alone():
    people = {f'{number:02d}': 'FM'[number % 2] for number in range(40)}
    split = derived_split(people)
    assert derived_split(dict(reversed(people.items()))) == split
    assert {side: len(names) for side, names in split.items()} == {
        'train': 28,
        'val': 6,
        'test': 6,
    }
    assert set.union(*map(set, split.values())) == set(people)
    for side in ('val', 'test'):
        assert Counter(people[name] for name in split[side]) == {'F': 3, 'M': 3}


def test_corpora_of_different_words_train_together(tmp_path):
    for name in ('emodb', 'tess', 'meld'):
        getattr(tiny_corpora, name)(tmp_path / name)
    settings = {
        'corpora': {'names': ['emodb', 'tess', 'meld'], 'repeats': [1, 1, 1]},
        'input': {'window_s': 0.5},
    }
    task = VoiceTask(parse(VoiceTask.Config, settings), tmp_path)
    assert task.labels == (*EmoDb(EmoDb.Config(str(tmp_path))).labels, 'surprised')
    train, val = task.split('train'), task.split('val')
    assert int(train.subsets['tess'].sum()) == 15
    assert not val.subsets['tess'].any()
    joy = val.labels[val.subsets['meld']]
    assert {task.labels[label] for label in joy} == {'happy'}


def test_a_fold_that_a_corpus_has_not(tmp_path):
    tiny_corpora.iemocap(tmp_path)
    settings = {'corpora': {'names': ['iemocap'], 'repeats': [1], 'fold': 6}}
    with pytest.raises(ConfigError, match='fold'):
        VoiceTask(parse(VoiceTask.Config, settings), tmp_path)
