from dataclasses import replace

import pytest

from fakes import seconds
from fer_ros.config import ConfigError
from fer_ros.policy.rules import Rule, RulePolicy, read_rules
from fer_ros.types import Expression


def expression(time_s, label='happy', confidence=0.9, valence=None, arousal=None):
    return Expression(seconds(time_s), label, confidence, valence, arousal)


def policy(*rules):
    return RulePolicy(RulePolicy.Config(default='attend', fallback='idle'), rules)


def decide(subject, time_s, *args, **kwargs):
    given = expression(time_s, *args, **kwargs) if args or kwargs else None
    return subject.decide(given, seconds(time_s)).behaviour


SMILE = Rule(behaviour='smile', expressions=('happy',), min_confidence=0.6)
COMFORT = Rule(behaviour='comfort', expressions=('sad', 'scared'))


def test_a_rule_that_matches_gives_its_behaviour_and_the_reason():
    decision = policy(SMILE, COMFORT).decide(expression(1, 'sad', 0.5), seconds(1))
    assert (decision.behaviour, decision.stamp_ns) == ('comfort', seconds(1))
    assert decision.reason == 'sad with confidence 0.50'


def test_somebody_without_a_rule_gets_the_default():
    assert decide(policy(SMILE), 1, 'angry') == 'attend'
    assert decide(policy(SMILE), 1, 'happy', 0.59) == 'attend'


def test_nobody_gets_the_fallback():
    subject = policy(SMILE)
    assert decide(subject, 1) == 'idle'
    assert decide(subject, 2, '') == 'idle'


def test_the_higher_priority_wins_and_the_first_among_equals():
    low = Rule(behaviour='low', priority=1)
    first = Rule(behaviour='first', priority=2)
    second = Rule(behaviour='second', priority=2)
    assert decide(policy(low, first, second), 1, 'sad') == 'first'


def test_conditions_must_hold_for_a_while():
    subject = policy(replace(SMILE, hold=0.5))
    assert decide(subject, 1.0, 'happy') == 'attend'
    assert decide(subject, 1.4, 'happy') == 'attend'
    assert decide(subject, 1.5, 'happy') == 'smile'


@pytest.mark.parametrize('interruption', [('sad',), ()])
def test_an_interruption_starts_the_hold_anew(interruption):
    subject = policy(replace(SMILE, hold=0.5))
    decide(subject, 1.0, 'happy')
    decide(subject, 1.3, *interruption)
    assert decide(subject, 1.6, 'happy') == 'attend'
    assert decide(subject, 2.1, 'happy') == 'smile'


def test_once_active_less_confidence_is_enough():
    subject = policy(replace(SMILE, hysteresis=0.2))
    assert decide(subject, 1.0, 'happy', 0.5) == 'attend'
    assert decide(subject, 1.1, 'happy', 0.7) == 'smile'
    assert decide(subject, 1.2, 'happy', 0.5) == 'smile'
    assert decide(subject, 1.3, 'happy', 0.3) == 'attend'
    assert decide(subject, 1.4, 'happy', 0.5) == 'attend'


def test_a_rule_rests_after_it_was_active():
    subject = policy(replace(SMILE, cool_down=2.0))
    assert decide(subject, 1.0, 'happy') == 'smile'
    assert decide(subject, 2.0, 'happy') == 'smile'
    assert decide(subject, 2.5, 'sad') == 'attend'
    assert decide(subject, 3.0, 'happy') == 'attend'
    assert decide(subject, 4.5, 'happy') == 'smile'


def test_a_rule_rests_after_a_more_important_one_took_over():
    urgent = Rule(behaviour='urgent', min_confidence=0.95, priority=5)
    subject = policy(replace(SMILE, cool_down=2.0), urgent)
    assert decide(subject, 1.0, 'happy', 0.9) == 'smile'
    assert decide(subject, 1.1, 'happy', 0.99) == 'urgent'
    assert decide(subject, 1.2, 'happy', 0.9) == 'attend'
    assert decide(subject, 3.2, 'happy', 0.9) == 'smile'


@pytest.mark.parametrize(
    ('bounds', 'values', 'matches'),
    [
        ({'min_valence': 0.2}, {'valence': 0.3}, True),
        ({'min_valence': 0.2}, {'valence': 0.1}, False),
        ({'min_valence': 0.2}, {}, False),
        ({'max_arousal': 0.0}, {'arousal': -0.5}, True),
        ({'max_arousal': 0.0}, {'arousal': 0.5}, False),
        ({'max_arousal': 0.0}, {}, False),
        ({}, {}, True),
    ],
)
def test_valence_and_arousal_must_be_known_where_they_are_asked_for(bounds, values, matches):
    subject = policy(Rule(behaviour='found', **bounds))
    assert (decide(subject, 1, 'happy', **values) == 'found') is matches


def test_time_that_jumps_back_starts_anew():
    subject = policy(replace(SMILE, hold=0.5, cool_down=100.0))
    for time_s in (50.0, 51.0):
        decide(subject, time_s, 'happy')
    decide(subject, 51.1, 'sad')
    assert decide(subject, 1.0, 'happy') == 'attend'
    assert decide(subject, 1.5, 'happy') == 'smile'


def test_rules_are_read_from_a_file(tmp_path):
    path = tmp_path / 'mine.yaml'
    path.write_text(
        'rules:\n'
        '  - {behaviour: smile, expressions: [happy], min_confidence: 0.6}\n'
        '  - {behaviour: comfort, expressions: [sad, scared]}\n'
    )
    assert read_rules(path) == (SMILE, COMFORT)
    subject = RulePolicy(RulePolicy.Config(rules_file=str(path)))
    assert decide(subject, 1, 'scared') == 'comfort'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('rules: [{behaviour: a}, {behavior: b}]', 'rule 2: behavior: unknown setting; known'),
        ('rules: [{expressions: [sad]}]', 'rule 1: behaviour: a rule must name one'),
        (
            'rules: [{behaviour: a, expressions: [joy]}]',
            "expressions: 'joy' is not one of neutral",
        ),
        ('rules: [{behaviour: a, hold: -1}]', r'rule 1: hold: -1\.0 is outside \[0, inf\]'),
        ('rules: [smile]', "rule 1: .*expected a mapping, got 'smile'"),
        ('rules: {}', 'expected one key, rules, with a list'),
        ('rules: []\nextra: 1', 'expected one key, rules, with a list'),
        ('', 'expected one key, rules, with a list'),
        ('a: [', 'mine.yaml'),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_reason(tmp_path, text, message):
    path = tmp_path / 'mine.yaml'
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as info:
        read_rules(path)
    assert str(path) in str(info.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r'nothing\.yaml'):
        read_rules(tmp_path / 'nothing.yaml')


def test_the_rules_of_the_package_are_valid():
    assert decide(RulePolicy(RulePolicy.Config()), 1) == 'idle'
