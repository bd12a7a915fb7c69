import numpy as np
import onnx_files
import pytest
import yaml
from committed import MODELS
from contract.tiny_corpora import MAKERS

from fer_ros import cards, cli, models
from fer_ros.labels import LABELS


@pytest.fixture(autouse=True)
def nothing_pulled(monkeypatch, tmp_path):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def test_the_list_has_what_is_here_and_what_can_be_pulled(capsys):
    assert cli.main(['models', 'list']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith('face_ferplus') and 'face_backbone' in line for line in lines)
    assert any(line.startswith('yunet') and 'to pull' in line for line in lines)


def test_a_card_is_shown_for_people_and_as_it_is(capsys):
    assert cli.main(['models', 'show', 'face_ferplus']) == 0
    shown = capsys.readouterr().out
    card = cards.find('face_ferplus')
    stated = card.about['results']['test_without_duplicates']
    assert 'happiness (happy)' in shown
    assert f'{stated["uar"]:.3f}' in shown
    assert all(len(line) <= 99 for line in shown.splitlines())
    assert cli.main(['models', 'show', 'face_ferplus', '--yaml']) == 0
    assert yaml.safe_load(capsys.readouterr().out)['weights']['sha256'] == card.sha256


@pytest.mark.parametrize('name', MODELS)
def test_committed_models_give_their_golden_answer(name, capsys):
    assert cli.main(['models', 'verify', name]) == 0, capsys.readouterr().out


def test_a_model_that_is_not_there_fails(capsys):
    assert cli.main(['models', 'verify', 'no_such_model']) == 1
    assert 'no_such_model' in capsys.readouterr().out


def test_any_model_is_measured_on_any_data_set_whose_labels_map(tmp_path, capsys):
    """Joy is the mean of red and one more: all grey pictures are taken for it."""
    MAKERS['fer2013plus'](tmp_path)
    onnx_files.means(tmp_path / 'weights.onnx', ['n', 3, 16, 16], (2, 3))
    card_input = {'size': 16, 'mean': [-1.0, 0.0, 0.0]}
    onnx_files.card(tmp_path, 'face_backbone', ['joy', 'sadness', 'anger'], card_input)
    words = ['models', 'evaluate', str(tmp_path), '--data', str(tmp_path), '--on', 'fer2013plus']
    assert cli.main([*words, '--set', 'labels=fer2013', '--split', 'val']) == 0
    seen = yaml.safe_load(capsys.readouterr().out)['val']
    with np.load(tmp_path / 'fer2013plus.npz') as stored:
        labels = stored['fer_label'][stored['split'] == 1]
    assert seen['accuracy'] == pytest.approx(np.mean(labels == 3), abs=1e-4)
    assert set(seen['recalls']) == set(LABELS) - {'contempt'}
    assert seen['recalls']['happy'] == 1.0


def test_a_wrong_setting_of_the_data_set_is_named(tmp_path, capsys):
    words = ['models', 'evaluate', 'face_ferplus', '--data', str(tmp_path), '--on', 'fer2013plus']
    assert cli.main([*words, '--set', 'label=fer2013']) == 2
    assert 'fer2013plus.label: unknown setting' in capsys.readouterr().err


@pytest.fixture(scope='module')
def in_onnx(tmp_path_factory):
    """The committed face model, exported."""
    out = tmp_path_factory.mktemp('export') / 'in_onnx'
    assert (
        cli.main(['models', 'export', 'face_ferplus', '--format', 'onnx', '--out', str(out)]) == 0
    )
    return out


@pytest.mark.slow
def test_a_model_in_onnx_is_the_same_model(in_onnx, capsys):
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    ours = models.load_backbone('face_backbone', 'face_ferplus', 'cpu')
    theirs = models.load_backbone('face_backbone', str(in_onnx), 'cpu')
    for one, other in zip(ours.infer(crops), theirs.infer(crops), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    assert (ours.crop_size, ours.crop_eyes) == (theirs.crop_size, theirs.crop_eyes)
    assert cli.main(['models', 'verify', str(in_onnx)]) == 0
    again = ['models', 'export', str(in_onnx), '--format', 'onnx', '--out', str(in_onnx)]
    assert cli.main(again) == 2
    assert 'is not in PyTorch' in capsys.readouterr().err


@pytest.mark.parametrize('name', ['face_ferplus', 'voice_ravdess_nemo'])
def test_a_model_in_torchscript_has_its_card_inside(name, tmp_path, capsys):
    import torch

    words = ['models', 'export', name, '--format', 'torchscript', '--out', str(tmp_path)]
    assert cli.main(words) == 0
    assert 'largest difference from the original: ' in capsys.readouterr().out
    extra = {cards.CARD: ''}
    torch.jit.load(tmp_path / 'network.pt', _extra_files=extra)
    assert yaml.safe_load(extra[cards.CARD])['labels'] == list(cards.find(name).labels)


def test_a_model_is_not_exported_over_itself(capsys):
    folder = str(cards.find('face_ferplus').folder)
    assert cli.main(['models', 'export', folder, '--format', 'onnx', '--out', folder]) == 2
    assert 'is the folder of the model itself' in capsys.readouterr().err
