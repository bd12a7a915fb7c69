import pytest

from fer_ros.evaluation.truth import Stretch, Truth, TruthError
from fer_ros.types import NS_PER_S

START_NS = 1_700_000_000 * NS_PER_S


def truth(*stretches, start_ns=0):
    return Truth(stretches, start_ns)


def test_a_label_holds_from_its_start_to_before_its_end():
    known = truth(Stretch(1.0, 2.0, 'happy'), Stretch(2.0, 3.0, 'sad'))
    times = (0.9, 1.0, 1.999, 2.0, 3.0)
    assert [known.find(time_s, None, True) for time_s in times] == [None, 0, 0, 1, None]


def test_a_label_without_end_holds_to_the_end():
    assert truth(Stretch(1.0, None, 'happy')).find(1e6, None, True) == 0


def test_a_label_without_a_face_is_that_of_who_is_in_focus():
    known = truth(Stretch(0.0, 9.0, 'happy'))
    assert known.find(1.0, 3, True) == 0
    assert known.find(1.0, 3, False) is None


def test_a_label_of_a_face_goes_before_that_of_the_focus():
    known = truth(Stretch(0.0, 9.0, 'happy'), Stretch(0.0, 9.0, 'sad', track=3))
    assert known.stretches[known.find(1.0, 3, True)].label == 'sad'
    assert known.stretches[known.find(1.0, 3, False)].label == 'sad'
    assert known.stretches[known.find(1.0, 4, True)].label == 'happy'
    assert known.find(1.0, 4, False) is None


def test_all_labels_that_hold_at_a_time_are_found():
    known = truth(Stretch(0.0, 9.0, 'happy'), Stretch(5.0, 6.0, 'sad', track=3))
    assert known.active(1.0) == [0]
    assert known.active(5.5) == [0, 1]
    assert known.active(9.0) == []


def test_times_may_be_those_of_the_clock():
    known = truth(Stretch(1_700_000_001.5, 1_700_000_002.0, 'sad'), start_ns=START_NS)
    assert (known.stretches[0].start, known.stretches[0].end) == (1.5, 2.0)


@pytest.mark.parametrize('track', [None, 2])
def test_labels_that_contradict_each_other_are_refused(track):
    with pytest.raises(TruthError, match=r'labels happy and sad.* overlap at 1 s'):
        truth(Stretch(0.0, 2.0, 'happy', track), Stretch(1.0, 3.0, 'sad', track))
    with pytest.raises(TruthError, match='overlap'):
        truth(Stretch(0.0, None, 'happy', track), Stretch(1.0, 3.0, 'sad', track))


def test_labelled_time_counts_once_and_only_within_the_recording():
    known = truth(
        Stretch(1.0, 4.0, 'happy'), Stretch(2.0, 5.0, 'sad', track=1), Stretch(8.0, 99.0, 'sad')
    )
    assert known.labelled_s(10.0) == pytest.approx(4.0 + 2.0)
    assert truth().labelled_s(10.0) == 0.0
    assert truth(Stretch(0.0, None, 'sad')).labelled_s(10.0) == 10.0
