"""fer-ros evaluate as a user calls it; with fakes for the models, but for the last test."""

import csv
import json
import shutil
import tarfile

import numpy as np
import pytest
import soundfile
from evaluations import SECONDS, same_report, write_corpus, write_recording, write_settings

from fer_ros.cli import main
from fer_ros.evaluation.page import PAGE
from fer_ros.evaluation.results import ESTIMATE_COLUMNS, FUSED

ANGRY_VOICE = '03-01-05-02-01-01-01'


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp('corpus'))


@pytest.fixture(scope='module')
def settings(tmp_path_factory):
    return write_settings(tmp_path_factory.mktemp('settings'))


@pytest.fixture
def evaluate(tmp_path, settings, capsys):
    """Runs the command; its exit code, results.json, lines of output and of errors."""

    def run(*words, report='report', config=settings):
        folder = tmp_path / report
        config = [] if config is None else ['--config', config]
        words = ['evaluate', *words, '--report', folder, *config]
        code = main([str(word) for word in words])
        done = capsys.readouterr()
        path = folder / 'results.json'
        results = json.loads(path.read_text()) if path.is_file() else None
        return code, results, done.out.splitlines(), done.err.splitlines()

    run.folder = tmp_path
    return run


@pytest.fixture
def bags(corpus, tmp_path, capsys):
    """The corpus as bags."""
    assert main(['bag', 'make', str(corpus), '--out', str(tmp_path / 'bags')]) == 0
    capsys.readouterr()
    return tmp_path / 'bags'


def table(folder):
    with (folder / 'estimates.csv').open(newline='') as file:
        return list(csv.DictReader(file))


def test_folders_say_what_is_true(evaluate, corpus):
    code, results, lines, errors = evaluate(corpus)
    assert (code, errors) == (0, [])
    assert [r['labels_from'] for r in results['recordings']] == ['folder'] * 3
    accuracies = [r['scores']['face']['accuracy'] for r in results['recordings']]
    assert accuracies[:2] == [1.0, 1.0]
    assert 0.3 < accuracies[2] < 0.7
    assert results['scores'][FUSED]['segments'] == 3
    assert results['resampled'] == 'segments'
    assert results['complete'] is True
    assert results['summary'] == lines[0]
    assert lines[0].startswith('3 recordings, 0.1 min; ')
    assert (evaluate.folder / 'report' / PAGE).is_file()


def test_every_modality_is_measured_in_the_same_pass(evaluate, corpus):
    """The fake voice is always happy; the recording is sad."""
    _, results, _, _ = evaluate(corpus / 'sad' / 'one.avi')
    scores = results['scores']
    assert list(scores) == [FUSED, 'face', 'voice']
    assert scores['face']['accuracy'] == 1.0
    assert scores['voice']['accuracy'] == 0.0
    assert scores['voice']['classes']['sad']['recall'] == 0.0


def test_the_table_says_the_same_as_the_results(evaluate, corpus):
    _, results, _, _ = evaluate(corpus)
    rows = table(evaluate.folder / 'report')
    assert tuple(rows[0]) == ESTIMATE_COLUMNS
    for modality, scores in results['scores'].items():
        labelled = [row for row in rows if row['modality'] == modality and row['truth']]
        right = sum(row['label'] == row['truth'] for row in labelled)
        assert len(labelled) == scores['estimates']
        assert right / len(labelled) == pytest.approx(scores['accuracy'], abs=1e-4)


def test_two_runs_agree_to_the_byte(evaluate, corpus):
    for report in ('one', 'two'):
        assert evaluate(corpus, report=report)[0] == 0
    assert same_report(evaluate.folder / 'one', evaluate.folder / 'two')


def test_what_was_evaluated_before_does_not_matter(evaluate, corpus):
    first, second = corpus / 'sad' / 'one.avi', corpus / 'sad' / 'two.avi'
    evaluate(first, second, report='after')
    evaluate(second, report='alone')
    after = [row for row in table(evaluate.folder / 'after') if row['recording'] == str(second)]
    assert after == table(evaluate.folder / 'alone')


def test_a_bag_of_a_clip_gives_the_numbers_of_the_clip(evaluate, corpus, bags):
    _, direct, _, _ = evaluate(corpus, report='direct')
    _, played, _, _ = evaluate(bags, report='played')
    assert direct['scores'] == played['scores']
    for clip, bag in zip(direct['recordings'], played['recordings'], strict=True):
        assert (clip['kind'], bag['kind']) == ('media', 'bag')
        differing = {key for key in clip if clip[key] != bag[key]}
        assert differing == {'name', 'kind', 'start_ns', 'labels_from'}
    columns = [name for name in ESTIMATE_COLUMNS if name not in ('recording', 'stamp_ns')]
    rows = [
        [[row[name] for name in columns] for row in table(evaluate.folder / report)]
        for report in ('direct', 'played')
    ]
    assert rows[0] == rows[1]


def test_labels_of_a_file_replace_those_of_folders(evaluate, corpus, tmp_path):
    labels = tmp_path / 'labels.csv'
    half = SECONDS / 2
    rows = [f'sad/two,0,{half},sadness,old', f'sad/two,{half},{SECONDS},anger,old']
    labels.write_text('\n'.join(['file,start,end,label,group', *rows]))
    code, results, _, _ = evaluate(corpus, '--labels', labels)
    assert code == 0
    sources = [r['labels_from'] for r in results['recordings']]
    assert sources == [None, None, 'file']
    assert results['scores']['face']['accuracy'] > 0.85
    assert set(results['groups']) == {'old'}
    unlabelled = results['recordings'][0]
    assert (unlabelled['labelled_s'], unlabelled['scores'][FUSED]['estimates']) == (0.0, 0)
    assert unlabelled['unlabelled_s'] == unlabelled['seconds'] > 1.0


def test_labels_beside_a_recording_are_found(evaluate, tmp_path):
    """As fer-ros bag annotate leaves them."""
    path = write_recording(tmp_path / 'sad' / 'clip.avi', ['happy'])
    path.with_name('clip.avi.labels.csv').write_text('start,end,label,track\n0,9,happy,\n')
    _, results, _, _ = evaluate(path.parent)
    (recording,) = results['recordings']
    assert recording['labels_from'] == 'file'
    assert recording['scores'][FUSED]['accuracy'] == 1.0


def test_a_broken_recording_is_one_line_and_the_others_go_on(evaluate, corpus, tmp_path):
    broken = tmp_path / 'broken.mcap'
    broken.write_bytes(b'nothing')
    text = tmp_path / 'text.mp4'
    text.write_text('no video')
    code, results, _, errors = evaluate(broken, corpus / 'happy', text)
    assert code == 1
    assert [f['name'] for f in results['failures']] == [str(broken), str(text)]
    assert len(results['recordings']) == 1
    assert len(errors) == 2
    assert errors[0].startswith(f'fer-ros: error: {broken}: cannot be read: ')


def test_sound_of_a_rate_that_no_microphone_has_is_one_line(evaluate, tmp_path):
    soundfile.write(tmp_path / 'slow.wav', np.zeros(3000), 1000)
    code, results, _, errors = evaluate(tmp_path / 'slow.wav')
    assert (code, len(results['failures']), len(errors)) == (1, 1, 1)
    assert 'slow.wav: sound of 1000 Hz is outside' in errors[0]


def test_a_missing_topic_is_one_line(evaluate, bags):
    code, results, _, errors = evaluate(bags, '--image-topic', '/camera')
    assert code == 1
    assert len(results['failures']) == len(errors) == 3
    assert 'no pictures on /camera; topics with pictures: /image' in errors[0]


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['nowhere'], 'nowhere: no such file or folder'),
        (['nowhere.mcap'], 'nowhere.mcap: no such file or folder'),
        (['{corpus}', '--labels', 'nowhere.csv'], 'nowhere.csv'),
        (['{corpus}', '--compare', '{settings}'], 'at least two parameter files'),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_written(
    evaluate, corpus, settings, words, reason
):
    words = [word.format(corpus=corpus, settings=settings) for word in words]
    code, results, lines, errors = evaluate(*words, config=None)
    assert (code, results, lines, len(errors)) == (2, None, [], 1)
    assert reason in errors[0]


def test_a_folder_with_anything_else_in_it_is_left_alone(evaluate, corpus):
    folder = evaluate.folder / 'report'
    folder.mkdir()
    (folder / 'thesis.tex').write_text('years of work')
    code, _, _, errors = evaluate(corpus)
    assert code == 2
    assert 'is not empty and no report' in errors[0]
    assert [path.name for path in folder.iterdir()] == ['thesis.tex']


def test_an_earlier_report_is_replaced(evaluate, corpus):
    evaluate(corpus / 'sad')
    assert (evaluate.folder / 'report' / 'mistakes').is_dir()
    _, results, _, _ = evaluate(corpus / 'happy' / 'one.avi')
    assert len(results['recordings']) == 1
    assert not (evaluate.folder / 'report' / 'mistakes').exists()


def test_an_interruption_leaves_what_is_finished(evaluate, corpus, monkeypatch, capsys):
    from fer_ros.evaluation.replay import Replayer

    replay, seen = Replayer.replay, []

    def interrupted(self, task, progress):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(task)
        return replay(self, task, progress)

    monkeypatch.setattr(Replayer, 'replay', interrupted)
    code, results, _, errors = evaluate(corpus)
    assert code == 130
    assert results['complete'] is False
    assert [r['name'].rpartition('/')[2] for r in results['recordings']] == ['one.avi'] * 2
    assert results['summary'].endswith('; interrupted')
    assert 'what was finished is in' in errors[0]
    assert (evaluate.folder / 'report' / PAGE).is_file()


def test_two_parameter_files_are_compared(evaluate, corpus, tmp_path):
    quick = write_settings(tmp_path, 'quick.yaml')
    steady = write_settings(tmp_path, 'steady.yaml', **{'face.enabled': False})
    code, _, lines, _ = evaluate(corpus, '--compare', quick, steady, config=None)
    assert code == 0
    comparison = json.loads((evaluate.folder / 'report' / 'comparison.json').read_text())
    assert comparison['runs'] == ['quick', 'steady']
    (pair,) = comparison['pairs']
    assert pair['scores']['face']['accuracy']['other'] is None
    assert pair['segments']['face']['only_other'] == 0
    assert any(line.startswith('steady against quick') for line in lines)
    for name in comparison['runs']:
        report = json.loads((evaluate.folder / 'report' / name / 'results.json').read_text())
        assert len(report['recordings']) == 3


def test_how_long_it_took_is_kept_apart(evaluate, corpus):
    evaluate(corpus)
    timing = json.loads((evaluate.folder / 'report' / 'timing.json').read_text())
    assert next(iter(timing['stages'])) == 'read'
    assert {'detect', 'face_net', 'fuse'} <= set(timing['stages'])
    assert sum(stage['share'] for stage in timing['stages'].values()) == pytest.approx(1, abs=0.01)
    assert timing['recorded_s'] == pytest.approx(3 * SECONDS, abs=0.2)
    assert len(timing['recordings']) == 3


def test_the_same_table_is_there_as_parquet(evaluate, corpus):
    parquet = pytest.importorskip('pyarrow.parquet', reason="pip install '.[parquet]'")
    evaluate(corpus)
    folder = evaluate.folder / 'report'
    rows = parquet.read_table(folder / 'estimates.parquet').to_pylist()
    written = table(folder)
    assert len(rows) == len(written)
    assert tuple(rows[0]) == ESTIMATE_COLUMNS
    assert rows[5]['stamp_ns'] == int(written[5]['stamp_ns'])
    assert rows[5]['confidence'] == float(written[5]['confidence'])
    assert rows[5]['label'] == written[5]['label']


def test_silence_and_sound_are_told_apart(evaluate, corpus):
    evaluate(corpus)
    with (evaluate.folder / 'report' / 'sound.csv').open(newline='') as file:
        levels = {}
        for row in csv.DictReader(file):
            levels.setdefault(row['recording'], []).append(float(row['level']))
    quiet, loud, _ = levels.values()
    assert set(quiet) == {-80.0}
    assert loud[3] == pytest.approx(-9.0, abs=0.2)  # a tone of half the full scale
    assert len(loud) == round(SECONDS * 10)


@pytest.mark.data
@pytest.mark.slow
def test_bags_of_real_clips_give_the_numbers_of_the_clips(evaluate, data_folder, tmp_path, capsys):
    """With the models that come with the package."""
    clips = tmp_path / 'clips'
    for folder in ('happy', 'angry'):
        (clips / folder).mkdir(parents=True)
    shutil.copy(data_folder / 'samples' / 'single_face.mp4', clips / 'happy')
    with tarfile.open(data_folder / 'ravdess_speech' / 'ravdess_speech16k_flac.tar') as sounds:
        name = next(name for name in sounds.getnames() if ANGRY_VOICE in name)
        (clips / 'angry' / 'voice.flac').write_bytes(sounds.extractfile(name).read())
    bags = tmp_path / 'bags'
    assert main(['bag', 'make', str(clips), '--out', str(bags)]) == 0
    capsys.readouterr()
    _, direct, _, _ = evaluate(clips, report='direct', config=None)
    _, played, _, _ = evaluate(bags, report='played', config=None)
    assert direct['scores'] == played['scores']
    assert direct['scores'][FUSED]['estimates'] > 50
    assert direct['scores']['voice']['estimates'] > 2
