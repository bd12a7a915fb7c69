import pytest

from fer_ros.config import ConfigError, parse
from fer_ros.perception_config import PerceptionConfig


def test_absence_must_not_be_reported_between_two_readings_of_the_voice():
    with pytest.raises(ConfigError, match=r'absent_after: 0\.7 s must be longer than voice\.hop'):
        parse(PerceptionConfig, {'voice': {'hop': 1.0}})


def test_both_can_be_changed_together():
    changed = parse(PerceptionConfig, {'voice': {'hop': 1.0}, 'absent_after': 1.5})
    assert changed.voice.hop == 1.0
