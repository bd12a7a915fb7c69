import csv
from itertools import pairwise

import numpy as np
import pytest

from fer_ros.evaluation.page_timeline import MAX_WIDTH, MIN_WIDTH, draw
from fer_ros.evaluation.page_tracks import SHOWN_STEPS, Timeline, read_timelines
from fer_ros.evaluation.results import ESTIMATE_COLUMNS, ESTIMATES, SOUND, SOUND_COLUMNS

GAP_S = 1.0


def row(time, label, modality='fused', recording='a', track='', focus=1, truth='', confidence=0.5):
    return {
        'recording': recording,
        'time': time,
        'track': track,
        'modality': modality,
        'label': label,
        'confidence': confidence,
        'focus': focus,
        'truth': truth,
    }


@pytest.fixture
def read(tmp_path):
    """Reads timelines of estimates and of levels (time, dB) of the recording a."""

    def reading(estimates, levels=(), wanted=None):
        with (tmp_path / ESTIMATES).open('w', newline='') as file:
            writer = csv.DictWriter(file, ESTIMATE_COLUMNS)
            writer.writeheader()
            writer.writerows(estimates)
        with (tmp_path / SOUND).open('w', newline='') as file:
            rows = csv.writer(file)
            rows.writerow(SOUND_COLUMNS)
            rows.writerows([['a', time, level] for time, level in levels])
        return read_timelines(tmp_path, wanted or {('a', None): 10.0}, GAP_S)

    return reading


def runs(timeline, modality='fused'):
    return [(run.label, run.start, pytest.approx(run.end)) for run in timeline.runs[modality]]


def test_estimates_that_say_the_same_are_one_run(read):
    rows = [row(0.0, 'sad'), row(0.5, 'sad'), row(1.0, 'happy'), row(1.5, 'happy')]
    timeline = read(rows)['a', None]
    assert runs(timeline) == [('sad', 0.0, 1.0), ('happy', 1.0, 1.55)]


def test_a_gap_ends_a_run(read):
    timeline = read([row(0.0, 'sad'), row(0.5, 'sad'), row(5.0, 'sad')])['a', None]
    assert runs(timeline) == [('sad', 0.0, 1.5), ('sad', 5.0, 5.05)]


def test_modalities_are_apart(read):
    rows = [row(0.0, 'sad'), row(0.0, 'happy', 'voice'), row(0.5, 'sad'), row(0.5, 'sad', 'voice')]
    timeline = read(rows)['a', None]
    assert set(timeline.runs) == {'fused', 'voice'}
    assert [run.label for run in timeline.runs['voice']] == ['happy', 'sad']


def test_only_the_person_that_is_meant_counts(read):
    rows = [
        row(0.0, 'sad', track='0', focus=1),
        row(0.0, 'happy', track='1', focus=0),
        row(0.5, 'angry', track='1', focus=1),
        row(0.5, 'scared', recording='b'),
    ]
    timelines = read(rows, wanted={('a', None): 10.0, ('a', 1): 10.0})
    assert [run.label for run in timelines['a', None].runs['fused']] == ['sad', 'angry']
    assert [run.label for run in timelines['a', 1].runs['fused']] == ['happy', 'angry']


def test_a_run_is_wrong_where_it_contradicts_the_truth(read):
    rows = [
        row(0.0, 'sad', truth='sad'),
        row(0.5, 'sad', truth='angry', confidence=0.9),
        row(1.0, 'sad'),
    ]
    found = read(rows)['a', None].runs['fused']
    assert [run.is_wrong for run in found] == [False, True, False]
    assert found[1].confidence == 0.9


def test_a_long_recording_keeps_what_can_be_seen(read):
    rng = np.random.default_rng(0)
    times = np.arange(0, 3600, 0.5)
    rows = [row(time, str(rng.choice(['sad', 'happy', 'angry']))) for time in times]
    levels = [(time, -20.0) for time in np.arange(0, 3600, 0.5)]
    timeline = read(rows, levels, {('a', None): 3600.0})['a', None]
    assert len(timeline.runs['fused']) <= SHOWN_STEPS + 1
    assert len(timeline.confidence) <= SHOWN_STEPS + 1
    assert len(timeline.level) <= SHOWN_STEPS + 1
    assert timeline.runs['fused'][-1].end == pytest.approx(3600, abs=3)


def test_a_curve_keeps_doubt_and_noise(read):
    rows = [row(0.01 * n, 'sad', confidence=0.2 if n == 7 else 0.9) for n in range(20)]
    levels = [(0.0, -70.0), (0.02, -10.0), (0.04, -70.0), (0.2, -70.0)]
    timeline = read(rows, levels)['a', None]
    assert min(value for _, value in timeline.confidence) == 0.2
    assert timeline.level[0] == (0.0, -10.0)


@pytest.mark.parametrize('seconds', [0.0, 0.5, 10.0, 200.0, 7200.0])
def test_a_drawing_fits_its_recording(seconds):
    segments = [{'start': 0.0, 'end': seconds + 9, 'label': 'sad'}]
    drawing = draw(seconds, segments, Timeline(), [], GAP_S)
    assert MIN_WIDTH <= drawing.width <= MAX_WIDTH
    (truth,) = drawing.rows
    assert truth.bands[0].x + truth.bands[0].width <= drawing.width + 1
    assert 1 <= len(drawing.ticks) <= 200
    assert drawing.ticks[-1][0] <= drawing.width


def test_pictures_of_mistakes_do_not_cover_each_other():
    mistakes = [
        {'time': time, 'label': 'sad', 'truth': 'happy', 'picture': 'data:'}
        for time in (9.9, 0.0, 0.1, 5.0)
    ]
    thumbs = draw(10.0, [], Timeline(), mistakes, GAP_S).thumbs
    places = [thumb.x for thumb in thumbs]
    assert len(places) == 4
    assert all(after - before >= 64 for before, after in pairwise(places))
