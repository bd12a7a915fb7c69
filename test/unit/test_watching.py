"""What a person at a terminal reads."""

from __future__ import annotations

from fakes import seconds
from fer_ros.types import Expression
from fer_ros.watching import Watch


def expression(time_s, label, confidence=0.8):
    return Expression(seconds(time_s), label, confidence)


def test_only_a_change_makes_a_line_with_the_time_since_the_first_capture():
    watch = Watch()
    assert watch.emotion(expression(100.0, 'sad')).split() == [
        '0.00', 's', 'emotion', 'sad', '80%',
    ]  # fmt: skip
    assert watch.emotion(expression(100.1, 'sad', 0.5)) is None
    assert watch.emotion(expression(101.5, 'happy')).split()[0] == '1.50'
    assert watch.emotion(expression(102.0, '')).split() == ['2.00', 's', 'emotion', 'nobody']


def test_time_before_the_first_capture_does_not_count():
    watch = Watch()
    watch.emotion(Expression(0, '', 0.0))
    assert watch.emotion(expression(100.0, 'sad')).split()[0] == '0.00'


def test_a_line_says_what_each_modality_says_if_that_is_fresh():
    watch = Watch()
    watch.modality('face', expression(10.0, 'sad', 0.9))
    watch.modality('voice', expression(7.0, 'angry', 0.7))
    line = watch.emotion(expression(10.1, 'sad'))
    assert 'face sad 90%' in line
    assert 'voice' not in line


def test_a_line_says_how_much_each_modality_counted():
    watch = Watch()
    watch.modality('face', expression(10.0, 'sad', 0.9))
    watch.modality('voice', expression(10.0, 'angry', 0.7))
    watch.weights({'face': 0.6, 'voice': 0.4})
    line = watch.emotion(expression(10.1, 'sad'))
    assert '(face x 0.60 sad 90%, voice x 0.40 angry 70%)' in line


def test_a_behaviour_makes_a_line_when_it_changes():
    watch = Watch()
    assert 'comfort' in watch.behaviour('comfort')
    assert watch.behaviour('comfort') is None
    assert 'idle' in watch.behaviour('idle')


def test_the_summary_says_how_often_each_was_seen_and_whether_anybody_was():
    watch = Watch()
    watch.emotion(Expression(0, '', 0.0))
    assert not watch.recognised
    assert watch.summary() == 'nobody was recognised'
    for time_s, label in enumerate(['sad', 'sad', 'sad', 'happy']):
        watch.emotion(expression(50 + time_s, label))
    assert watch.recognised
    assert watch.summary() == 'recognised in 4 messages over 3.0 s: sad 75%, happy 25%'
