import pytest

from fer_ros.config import ConfigError, parse
from fer_ros.perception_config import PerceptionConfig


def test_absence_must_not_be_reported_between_two_readings_of_the_voice():
    with pytest.raises(ConfigError, match=r'absent_after: 0\.7 s must be longer than voice\.hop'):
        parse(PerceptionConfig, {'voice': {'hop': 1.0}})


def test_both_can_be_changed_together():
    changed = parse(PerceptionConfig, {'voice': {'hop': 1.0}, 'absent_after': 1.5})
    assert changed.voice.hop == 1.0


def test_streams_are_namespaces():
    names = ['robot1', 'fleet/robot_2', 'Left']
    assert parse(PerceptionConfig, {'streams': names}).streams == tuple(names)


@pytest.mark.parametrize('name', ['', '/robot', 'robot/', '1st', 'a b', 'a//b', 'röbot', 'a\n'])
def test_a_stream_with_another_name_is_refused(name):
    with pytest.raises(ConfigError, match=r'streams: .* is no namespace'):
        parse(PerceptionConfig, {'streams': ['robot1', name]})


def test_two_streams_cannot_have_one_name():
    with pytest.raises(ConfigError, match='a name is there twice in a, b, a'):
        parse(PerceptionConfig, {'streams': ['a', 'b', 'a']})
