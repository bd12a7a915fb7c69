import json

import pytest

pytest.importorskip('lightning', reason='needs the extra train')

from fer_ros import cli


def test_training_and_inference_of_both_models(capsys):
    words = ['bench', 'train', '--batch', '2', '--seconds', '0.01', '--threads', '1']
    assert cli.main([*words, '--device', 'cpu', '--precision', '32-true', '--format', 'json']) == 0
    rates = json.loads(capsys.readouterr().out)['rates']
    assert list(rates) == [
        'face training 32-true, batch 2',
        'face inference face_ferplus, batch 2',
        'voice training 32-true, batch 2',
        'voice inference voice_ravdess_nemo, batch 2',
    ]
    for rate in rates.values():
        assert rate['batch'] == 2
        assert rate['batches'] >= 1
        assert rate['examples_per_s'] > 0


def test_a_single_example_is_not_trained_on(capsys):
    words = [
        'bench',
        'train',
        '--only',
        'face',
        '--batch',
        '1',
        '--seconds',
        '0.01',
        '--threads',
        '1',
    ]
    assert cli.main([*words, '--device', 'cpu', '--format', 'markdown']) == 0
    out = capsys.readouterr().out
    assert '| face inference face_ferplus, batch 1 | 1 |' in out
    assert 'training' not in out


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (('--precision', 'half'), "'half' is not one of bf16-mixed, 32-true, 16-mixed"),
        (('--batch', '0'), '0 is less than 1'),
        (('--threads', '-2'), '-2 is less than 1'),
    ],
)
def test_wrong_arguments_are_refused(capsys, words, said):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'train', *words])
    assert said in capsys.readouterr().err
