import csv
import io

import numpy as np
import pytest

from fakes import frame_at, seconds
from fer_ros.evaluation.mistakes import worst_of
from fer_ros.evaluation.observation import Observation
from fer_ros.evaluation.results import ESTIMATE_COLUMNS, FUSED
from fer_ros.evaluation.scoring import score
from fer_ros.evaluation.truth import Stretch, Truth
from fer_ros.labels import LABELS, index_of
from fer_ros.people import Person
from fer_ros.pipeline import Result
from fer_ros.types import Estimate, Face

START_NS = seconds(1000)


def estimate(label, time_s, track=7, sure=0.6, sources=('face',), **affect):
    probabilities = np.full(len(LABELS), (1 - sure) / (len(LABELS) - 1), np.float32)
    probabilities[index_of(label)] = sure
    weights = dict.fromkeys(sources, 1 / len(sources))
    stamp_ns = START_NS + seconds(time_s)
    return Estimate(stamp_ns, label, probabilities, weights, track_id=track, **affect)


def person(label, time_s, track=7, **details):
    face = None if track is None else Face(50, 40, 30, 30, 0.9, track_id=track)
    said = estimate(label, time_s, track, **details)
    return Person(face, said, dict.fromkeys(said.weights, said))


def result(time_s, *people, has_frame=True):
    stamp_ns = START_NS + seconds(time_s)
    return Result(stamp_ns, frame_at(0) if has_frame else None, people, {})


def observe(stretches, *results):
    seen = Observation('clip', Truth(stretches, START_NS), START_NS)
    for each in results:
        seen.add(each)
    return seen


def rows(seen):
    return list(csv.DictReader(io.StringIO(seen.table), ESTIMATE_COLUMNS))


WHOLE = [Stretch(0.0, None, 'happy')]


def test_every_estimate_becomes_a_row_with_what_is_true():
    seen = observe(
        [Stretch(0.0, 0.15, 'happy')],
        *(result(time_s, person('happy', time_s)) for time_s in (0.1, 0.2)),
    )
    table = rows(seen)
    assert [row['modality'] for row in table] == [FUSED, 'face'] * 2
    assert [row['truth'] for row in table] == ['happy', 'happy', '', '']
    first = table[0]
    assert (first['recording'], float(first['time'])) == ('clip', 0.1)
    assert int(first['stamp_ns']) == START_NS + seconds(0.1)
    assert (first['label'], float(first['confidence'])) == ('happy', pytest.approx(0.6, abs=1e-6))
    assert float(first['happy']) == pytest.approx(0.6, abs=1e-6)
    assert (first['sources'], first['weights'], first['focus']) == ('face', '1.000', '1')
    assert [first[name] for name in 'xywh'] == ['50', '40', '30', '30']
    assert (first['valence'], first['arousal']) == ('', '')


def test_faces_are_numbered_in_order_of_appearance():
    seen = observe(WHOLE, result(0.1, person('sad', 0.1, 41), person('sad', 0.1, 12)))
    assert [row['track'] for row in rows(seen)] == ['0', '0', '1', '1']
    assert [row['focus'] for row in rows(seen)] == ['1', '1', '0', '0']
    assert seen.people == 2


def test_what_is_not_new_is_no_new_row():
    """The voice stands until it is read again."""
    said = person('sad', 0.1, None, sources=('voice',))
    seen = observe(WHOLE, result(0.1, said), result(0.2, said), result(0.3, said))
    assert len(rows(seen)) == 2
    assert score(seen.stretches, 'voice').absent == 0.0


def test_after_time_jumped_back_estimates_are_new():
    seen = observe(WHOLE, *(result(t, person('sad', t)) for t in (5.0, 5.1, 0.1, 0.2)))
    assert len(rows(seen)) == 8


def test_estimates_are_compared_with_what_is_true_at_their_own_time():
    seen = observe(
        [Stretch(0.0, 1.0, 'happy'), Stretch(1.0, 2.0, 'sad')],
        *(result(time_s, person('happy', time_s)) for time_s in (0.5, 0.9, 1.1)),
    )
    scores = score([*seen.stretches, seen.unlabelled], FUSED)
    happy, sad = index_of('happy'), index_of('sad')
    assert scores.confusion[happy][happy] == 2
    assert scores.confusion[sad][happy] == 1
    assert scores.estimates == 3


def test_only_who_is_in_focus_has_the_label_that_names_no_face():
    seen = observe(WHOLE, result(0.1, person('happy', 0.1, 1), person('sad', 0.1, 2)))
    assert score(seen.stretches, FUSED).estimates == 1


def test_time_without_an_estimate_counts():
    seen = observe(
        WHOLE,
        *(result(t, person('happy', t)) for t in (0.0, 0.1, 0.2)),
        *(result(t) for t in (0.3, 0.4)),
    )
    scores = score(seen.stretches, FUSED)
    assert scores.absent == pytest.approx(0.1 / 0.4, abs=1e-4)
    assert scores.labelled_s == pytest.approx(0.4)


def test_a_face_is_not_missed_where_there_was_no_frame():
    fused = person('happy', 0.5, sources=('voice',))
    seen = observe(
        WHOLE, result(0.0, person('happy', 0.0)), result(0.5, fused, has_frame=False), result(1.0)
    )
    assert score(seen.stretches, 'face').absent == 0.0


def test_a_long_silence_of_the_recording_is_not_watched():
    seen = observe(WHOLE, *(result(t, person('happy', t)) for t in (0.0, 60.0)))
    assert score(seen.stretches, FUSED).labelled_s == pytest.approx(1.0)


def test_the_time_to_the_first_right_estimate_is_that_of_each_stretch():
    seen = observe(
        [Stretch(0.0, 1.0, 'happy'), Stretch(1.0, 2.0, 'sad'), Stretch(2.0, 3.0, 'angry')],
        *(result(t, person('happy', t)) for t in (0.25, 0.5)),
        *(result(t, person(label, t)) for t, label in ((1.5, 'happy'), (1.75, 'sad'))),
        result(2.5, person('sad', 2.5)),
    )
    found = score(seen.stretches, FUSED).first_correct
    assert (found.segments, found.never) == (3, 1)
    assert (found.median_s, found.worst_s) == (0.5, 0.75)


def test_flips_count_while_the_truth_stays():
    labels = ['happy', 'sad', 'happy', 'happy', 'sad', 'sad', 'sad']
    seen = observe(
        [Stretch(0.0, 0.35, 'happy'), Stretch(0.35, 9.0, 'sad')],
        *(result(n / 10, person(label, n / 10)) for n, label in enumerate(labels)),
    )
    scores = score([*seen.stretches, seen.unlabelled], FUSED)
    # the change at 0.4 s came with the truth, and the step to it counts for neither stretch
    assert scores.flips_per_minute == pytest.approx(2 / 0.5 * 60, abs=0.01)


def test_flips_count_without_labels_too():
    seen = observe(
        [], *(result(n / 10, person(label, n / 10)) for n, label in enumerate(['sad', 'happy']))
    )
    scores = score([*seen.stretches, seen.unlabelled], FUSED)
    assert scores.flips_per_minute == 600.0
    assert (scores.estimates, scores.accuracy, scores.absent) == (0, None, None)


def test_valence_and_arousal_are_compared_where_both_sides_have_them():
    stretches = [
        Stretch(0, 1, 'happy', valence=0.8, arousal=0.4),
        Stretch(1, 2, 'sad', valence=-0.6),
    ]
    seen = observe(
        stretches,
        result(0.5, person('happy', 0.5, valence=0.7, arousal=0.1)),
        result(1.5, person('sad', 1.5, valence=-0.4, arousal=0.1)),
    )
    scores = score(seen.stretches, FUSED)
    assert (scores.valence.estimates, scores.arousal.estimates) == (2, 1)
    assert scores.valence.rmse == pytest.approx(np.sqrt((0.1**2 + 0.2**2) / 2), abs=1e-4)
    assert scores.arousal.ccc is None


def test_the_surest_mistakes_come_with_a_picture():
    seen = observe(
        WHOLE,
        *(result(t, person('sad', t, sure=s)) for t, s in ((0.1, 0.5), (0.2, 0.9), (0.3, 0.7))),
        result(0.4, person('happy', 0.4, sure=0.99)),
        *(result(t, person('angry', t, sure=s)) for t, s in ((5.0, 0.6), (5.1, 0.5))),
        result(9.0, person('sad', 9.0, None, sure=0.95, sources=('voice',)), has_frame=False),
    )
    found = seen.mistakes.worst()
    said = [(p.mistake.label, p.mistake.time, p.mistake.track) for p in found]
    assert said == [('sad', 9.0, None), ('sad', 0.2, 0), ('angry', 5.0, 0)]
    assert [p.mistake.truth for p in found] == ['happy'] * 3
    assert [p.picture is not None and p.picture[:2] == b'\xff\xd8' for p in found] == [
        *(False, True, True)
    ]
    assert worst_of(found, 1) == found[:1]


def test_no_more_mistakes_are_kept_than_a_report_can_show():
    seen = observe(
        WHOLE, *(result(t, person('sad', t, sure=0.5 + t / 500)) for t in range(0, 100, 5))
    )
    times = [pictured.mistake.time for pictured in seen.mistakes.worst()]
    assert times == [95.0, 90.0, 85.0, 80.0, 75.0, 70.0, 65.0, 60.0]
