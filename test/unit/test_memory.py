"""What is remembered of each person, how far back, and until when."""

from fakes import features_for, seconds
from fer_ros.ageing import AgeingConfig
from fer_ros.memory import Memory

AGEING = {
    'face': AgeingConfig(half_life=0.5, max_age=2.0),
    'voice': AgeingConfig(half_life=1.0, max_age=4.0),
}


def seen(memory, times, person=1, modality='face'):
    """Features noted at the times of their capture."""
    noted = [features_for('happy', seconds(time)) for time in times]
    for features in noted:
        memory.note(person, modality, features, features.stamp_ns)
    return noted


def test_the_newest_features_are_enough_where_no_more_is_asked_for():
    memory = Memory(AGEING)
    noted = seen(memory, [1.0, 1.1, 1.2])
    known = memory.recall(1, seconds(1.2), 0.0)
    assert known.evidence == {'face': (noted[-1],)}
    assert known.validity == {'face': 1.0}
    assert known.fresh == {'face'}


def test_the_last_seconds_are_given_oldest_first():
    memory = Memory(AGEING)
    noted = seen(memory, [1.0, 1.5, 2.0, 2.5, 3.0])
    assert memory.recall(1, seconds(3.0), 1.0).evidence['face'] == tuple(noted[2:])


def test_features_that_come_late_are_put_where_they_belong():
    memory = Memory(AGEING)
    noted = seen(memory, [1.0, 1.4, 1.2])
    known = memory.recall(1, seconds(1.4), 5.0)
    assert known.evidence['face'] == (noted[0], noted[2], noted[1])
    assert known.validity == {'face': 1.0}  # what is there already is no older for it


def test_what_is_noted_again_is_fresh_and_there_once():
    memory = Memory(AGEING)
    voice = features_for('sad', seconds(1.0))
    for time in (1.0, 1.1, 1.2):
        memory.note(1, 'voice', voice, seconds(time))
    known = memory.recall(1, seconds(1.2), 5.0)
    assert known.evidence == {'voice': (voice,)}
    assert known.validity == {'voice': 1.0}


def test_each_modality_ages_in_its_own_way():
    memory = Memory(AGEING)
    seen(memory, [1.0])
    seen(memory, [1.0], modality='voice')
    known = memory.recall(1, seconds(2.0), 0.0)
    assert known.validity == {'face': 0.25, 'voice': 0.5}
    assert known.fresh == frozenset()
    assert set(memory.recall(1, seconds(3.5), 0.0).evidence) == {'voice'}
    assert memory.recall(1, seconds(5.5), 0.0).evidence == {}


def test_what_was_too_old_once_does_not_come_back():
    memory = Memory(AGEING)
    seen(memory, [1.0])
    again = seen(memory, [4.1])
    assert memory.recall(1, seconds(4.1), 10.0).evidence == {'face': tuple(again)}


def test_it_can_be_asked_whether_something_counts():
    memory = Memory(AGEING)
    seen(memory, [1.0])
    assert memory.has(1, 'face', seconds(2.9))
    assert not memory.has(1, 'voice', seconds(2.9))
    assert not memory.has(2, 'face', seconds(2.9))
    assert not memory.has(1, 'face', seconds(3.1))


def test_people_are_kept_apart():
    memory = Memory(AGEING)
    one, other = seen(memory, [1.0], person=1), seen(memory, [1.0], person=None)
    assert memory.recall(1, seconds(1.0), 0.0).evidence['face'] == tuple(one)
    assert memory.recall(None, seconds(1.0), 0.0).evidence['face'] == tuple(other)
    assert memory.recall(2, seconds(1.0), 0.0).evidence == {}


def test_a_history_has_an_end_however_long_a_fusion_wants_it():
    memory = Memory(AGEING)
    noted = seen(memory, [number / 1000 for number in range(1000)])
    track = memory.recall(1, seconds(1.0), 1e6).evidence['face']
    assert 100 < len(track) < 1000
    assert track[-1] is noted[-1]


def test_clear_forgets_everybody():
    memory = Memory(AGEING)
    seen(memory, [1.0])
    memory.clear()
    assert memory.recall(1, seconds(1.0), 0.0).evidence == {}
