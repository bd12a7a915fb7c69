import numpy as np
import pytest
import soundfile
import torch

from fer_ros.audio.features import extract
from fer_ros.audio.trimming import fit, trim
from fer_ros.config import parse
from fer_ros.training.sampling import generator_for
from fer_ros.training.task import TaskError
from fer_ros.training.voice import SpeakerError, VoiceTask

RATE_HZ = 16000


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Two corpora of short noises in the layouts they are distributed in."""
    folder = tmp_path_factory.mktemp('data')
    rng = np.random.default_rng(0)
    names = [
        f'ravdess_speech/Actor_{actor:02d}/03-01-{emotion:02d}-01-01-01-{actor:02d}.wav'
        for actor in range(1, 25)
        for emotion in (1, 2, 5)
    ]
    names += [
        f'nemo_polish/samples/{speaker}_{emotion}_1.wav'
        for speaker in ('IC0', 'KS0', 'SM0', 'MK0', 'EB0', 'TP0')
        for emotion in ('neutral', 'anger')
    ]
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * rng.standard_normal(RATE_HZ // 2), RATE_HZ)
    return folder


def task_over(data, **changes):
    settings = {'input': {'window_s': 1.0}, **changes}
    return VoiceTask(parse(VoiceTask.Config, settings), data)


def test_corpora_are_joined_by_word(data):
    task = task_over(data)
    assert task.labels[:2] == ('neutral', 'calm')
    assert len(task.labels) == 8
    split = task.split('val')
    nemo = split.subsets['nemo']
    assert {task.labels[label] for label in split.labels[nemo]} == {'neutral', 'angry'}
    assert (split.labels[split.subsets['ravdess']] == task.labels.index('calm')).sum() == 4


def test_words_that_mean_the_same_are_one_label(data):
    task = task_over(data, corpora={'names': ['nemo'], 'repeats': [1]})
    assert len(task.labels) == 6


def test_every_clip_has_a_corpus_and_a_sex(data):
    split = task_over(data).split('test')
    subsets = split.subsets
    assert (subsets['ravdess'] ^ subsets['nemo']).all()
    assert (subsets['women'] ^ subsets['men']).all()
    assert len(split.inputs) == 4 * 3 + 2 * 2
    torch.testing.assert_close(split.targets.sum(1), torch.ones(len(split.inputs)))


def test_repeats_show_a_corpus_more_often_in_training_only(data):
    once = task_over(data)
    thrice = task_over(data, corpora={'repeats': [3, 1]})
    assert len(once.split('train').inputs) == 16 * 3 + 2 * 2
    assert len(thrice.split('train').inputs) == 3 * 16 * 3 + 2 * 2
    assert len(thrice.split('val').inputs) == len(once.split('val').inputs)


def test_other_speakers_of_a_corpus_can_validate(data):
    usual, other = task_over(data), task_over(data, corpora={'validate_on': ['nemo:IC0']})
    sides = {side: other.split(side) for side in ('train', 'val', 'test')}
    counted = {side: int(split.subsets['nemo'].sum()) for side, split in sides.items()}
    assert counted == {'train': 3 * 2, 'val': 2, 'test': 2 * 2}
    for side, split in sides.items():
        expected = usual.split(side).subsets['ravdess'].sum()
        assert split.subsets['ravdess'].sum() == expected
    assert torch.equal(sides['test'].inputs, usual.split('test').inputs)


@pytest.mark.parametrize('speaker', ['EB0', 'XX0'])
def test_a_tested_or_unknown_speaker_cannot_validate(data, speaker):
    with pytest.raises(SpeakerError, match=speaker):
        task_over(data, corpora={'validate_on': [f'nemo:{speaker}']})


def test_speakers_of_an_absent_corpus_cannot_validate(data):
    with pytest.raises(SpeakerError, match='emodb'):
        task_over(data, corpora={'validate_on': ['emodb:03']})


def test_the_network_sees_what_it_sees_at_run_time(data):
    task = task_over(data)
    raw = task.split('val').inputs
    assert raw.dtype == torch.int16
    samples = raw.numpy().astype(np.float32) / 32768
    expected = extract(samples, task.config.input)
    np.testing.assert_allclose(task.prepare(raw).numpy(), expected, atol=2e-3)


def test_windows_hold_the_trimmed_clip_at_their_end(data):
    task = task_over(data)
    path = sorted(data.glob('ravdess_speech/Actor_17/*.wav'))[0]
    samples, _ = soundfile.read(path, dtype='float32')
    expected = fit(trim(samples, RATE_HZ), RATE_HZ)
    np.testing.assert_allclose(task.split('val').inputs[0] / 32768, expected, atol=1e-4)


@pytest.mark.parametrize('pitch_rows', [0, 16])
@pytest.mark.parametrize('versions', [0, 2])
def test_training_inputs_vary_but_come_again(data, versions, pitch_rows):
    task = task_over(data, versions=versions, input={'window_s': 1.0, 'pitch_rows': pitch_rows})
    raw = task.split('train').inputs
    first = task.augment(raw, generator_for(0, 1))
    assert first.shape == (len(raw), task.config.input.rows, task.config.input.frames)
    assert torch.isfinite(first).all()
    torch.testing.assert_close(task.augment(raw, generator_for(0, 1)), first)
    assert not torch.equal(task.augment(raw, generator_for(0, 2)), first)


def test_versions_are_the_same_in_every_run(data):
    first = task_over(data, versions=2).split('train').inputs
    assert first.dtype == torch.uint8
    assert first.shape[1] == 2
    assert torch.equal(task_over(data, versions=2).split('train').inputs, first)


def test_the_card_builds_the_network_again(data):
    task = task_over(data)
    card = task.card()
    assert card['kind'] == 'audio_backbone'
    assert card['backbone']['plugin'] == 'attentive_resnet'
    assert card['labels'] == list(task.labels)
    network = task.network(task.config.backbone).eval()
    assert network(task.prepare(task.split('val').inputs[:2]))[1].shape == (2, 8)


def test_too_few_speakers_to_measure_on_others_are_refused(tmp_path):
    for label in ('happy', 'sad'):
        (tmp_path / label / 'anna').mkdir(parents=True)
        soundfile.write(tmp_path / label / 'anna' / '1.wav', np.zeros(RATE_HZ), RATE_HZ)
    with pytest.raises(TaskError, match='no example in val and test: too few'):
        task_over(tmp_path, corpora={'names': ['audio_folder'], 'repeats': [1]})
