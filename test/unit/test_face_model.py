"""The committed default face model, on the real test pictures."""

import pytest

from fer_ros import cards
from fer_ros.training import evaluate

NAME = 'face_ferplus'


@pytest.mark.data
@pytest.mark.slow
def test_the_numbers_of_the_card_come_out_again_and_are_good(data_folder):
    if not list(data_folder.rglob('fer2013plus.npz')):
        pytest.skip(f'no fer2013plus.npz in {data_folder}')
    card = cards.find(NAME)
    seen = evaluate.evaluate(card, data_folder)
    assert evaluate.differences(card.about['results'], seen) == []
    headline = seen['test_without_duplicates']
    assert headline['examples'] == 2868
    assert headline['accuracy'] >= 0.85
    assert headline['uar'] >= 0.65
    assert headline['calibration_error'] <= 0.03


def test_the_card_says_what_a_reader_needs():
    about = cards.find(NAME).about
    assert about['training']['parameters'] <= 1_500_000
    assert about['training']['command'].startswith('fer-ros train face')
    assert about['results']['command'].startswith('fer-ros models evaluate')
    assert about['limits']
