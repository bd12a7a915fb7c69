from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_ros.config import (
    Chosen,
    ConfigError,
    dump,
    group,
    leaves,
    nest,
    parse,
    parse_chosen,
    setting,
    slot,
)


@dataclass(frozen=True)
class Inner:
    gain: float = setting(1.0, 'Gain', unit='dB', ge=0.0, le=10.0, live=True)
    mode: str = setting('soft', 'Mode', choices=('soft', 'hard'))


@dataclass(frozen=True)
class Outer:
    count: int = setting(3, 'Count', ge=1)
    on: bool = setting(True, 'On')
    names: tuple[str, ...] = setting(('a',), 'Names')
    shares: tuple[float, ...] = setting((0.5,), 'Shares', ge=0.0, le=1.0)
    scale: float = setting(1.0, 'Scale')
    inner: Inner = group(Inner)
    fusion: Chosen = slot('fusion', 'weighted_average', 'Fusion', live=True)


@dataclass(frozen=True)
class Ordered:
    low: int = setting(0, 'Low')
    high: int = setting(1, 'High')

    def __post_init__(self):
        if self.low > self.high:
            raise ConfigError(f'low {self.low} is above high {self.high}')


@dataclass(frozen=True)
class Holder:
    ordered: Ordered = group(Ordered)


def test_what_is_absent_keeps_its_default():
    config = parse(Outer, {'count': 5, 'inner': {'mode': 'hard'}})
    assert config.count == 5
    assert config.inner == Inner(gain=1.0, mode='hard')
    assert config.on is True
    assert parse(Outer, {}) == Outer()


def test_an_integer_is_good_enough_for_a_number():
    config = parse(Outer, {'inner': {'gain': 2}, 'shares': [0, 1]})
    assert isinstance(config.inner.gain, float)
    assert config.shares == (0.0, 1.0)


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        ({'cuont': 1}, r'^cuont: unknown setting; known here: count, on, names'),
        ({'inner': {'gian': 1}}, r'^inner\.gian: unknown setting; known here: gain, mode$'),
        ({'count': 0}, r'^count: 0 is outside \[1, inf\]$'),
        ({'count': 2.0}, r'^count: expected an integer, got 2\.0$'),
        ({'count': True}, r'^count: expected an integer, got True$'),
        ({'on': 1}, r'^on: expected true or false, got 1$'),
        ({'on': 'yes'}, r"^on: expected true or false, got 'yes'$"),
        ({'inner': {'gain': 11}}, r'^inner\.gain: 11\.0 is outside \[0, 10\]$'),
        ({'inner': {'gain': float('nan')}}, r'^inner\.gain: nan is not finite$'),
        ({'inner': {'gain': '1'}}, r"^inner\.gain: expected a number, got '1'$"),
        ({'inner': {'mode': 'loud'}}, r"^inner\.mode: 'loud' is not one of soft, hard$"),
        ({'inner': 3}, r'^inner: expected a mapping, got 3$'),
        ({'names': 'a'}, r"^names: expected a list of a string, got 'a'$"),
        ({'names': [1]}, r'^names: expected a string, got 1$'),
        ({'shares': [0.5, 2.0]}, r'^shares: 2\.0 is outside \[0, 1\]$'),
        ({'fusion': {'plugin': 'none'}}, r"unknown fusion plugin 'none'; available: .*weighted"),
        ({'fusion': {'weight': 1}}, r'^fusion'),
        ({'fusion': 'weighted_average'}, r'^fusion: '),
    ],
)
def test_what_is_wrong_is_named(data, message):
    with pytest.raises(ValueError, match=message):
        parse(Outer, data)


@pytest.mark.parametrize('value', [float('inf'), float('-inf'), float('nan')])
def test_numbers_must_be_finite(value):
    with pytest.raises(ConfigError, match=r'^scale: (inf|-inf|nan) is not finite$'):
        parse(Outer, {'scale': value})


def test_the_check_of_a_class_is_named_with_its_path():
    with pytest.raises(ConfigError, match=r'^ordered: low 3 is above high 2$'):
        parse(Holder, {'ordered': {'low': 3, 'high': 2}})


def test_a_slot_takes_the_settings_of_its_plugin():
    chosen = parse_chosen('fusion', {'plugin': 'weighted_average', 'other_weight': 0.25})
    assert chosen.plugin == 'weighted_average'
    assert chosen.config.other_weight == 0.25
    with pytest.raises(ConfigError, match='plugin'):
        parse_chosen('fusion', {'other_weight': 0.25})


def test_settings_beside_a_slot_are_those_of_its_default_plugin_where_none_is_named():
    assert parse(Outer, {'fusion': {'other_weight': 0.25}}) == parse(
        Outer, {'fusion': {'plugin': 'weighted_average', 'other_weight': 0.25}}
    )
    with pytest.raises(ConfigError, match=r'^fusion\.wieght: unknown setting'):
        parse(Outer, {'fusion': {'wieght': 0.25}})
    with pytest.raises(ConfigError, match=r'^fusion: expected a mapping with the key plugin'):
        parse(Outer, {'fusion': 0.25})


@settings(max_examples=30)
@given(
    st.builds(
        Outer,
        count=st.integers(1, 99),
        on=st.booleans(),
        names=st.lists(st.text(max_size=3), max_size=3).map(tuple),
        shares=st.lists(st.floats(0, 1), max_size=3).map(tuple),
        inner=st.builds(Inner, gain=st.floats(0, 10), mode=st.sampled_from(['soft', 'hard'])),
    )
)
def test_what_was_dumped_parses_to_the_same(config):
    assert parse(Outer, dump(config)) == config


def test_leaves_have_all_that_is_known_of_a_setting():
    found = {leaf.name: leaf for leaf in leaves(Outer())}
    assert list(found)[:7] == [
        *('count', 'on', 'names', 'shares', 'scale'),
        *('inner.gain', 'inner.mode'),
    ]
    gain = found['inner.gain']
    assert (gain.value, gain.kind, gain.item) == (1.0, float, None)
    assert gain.setting.description == 'Gain [dB]'
    assert (gain.setting.ge, gain.setting.le, gain.setting.live) == (0.0, 10.0, True)
    assert (found['names'].kind, found['names'].item) == (tuple, str)
    assert (found['fusion.plugin'].value, found['fusion.plugin'].setting.live) == (
        'weighted_average',
        True,
    )
    assert 'fusion.weights' in found


def test_flat_names_of_leaves_lead_back_to_the_configuration():
    config = parse(
        Outer, {'count': 7, 'fusion': {'plugin': 'weighted_average', 'weights': [1, 2]}}
    )
    flat = {leaf.name: leaf.value for leaf in leaves(config)}
    assert parse(Outer, nest(flat)) == config


@pytest.mark.parametrize(
    'flat',
    [{'a': 1, 'a.b': 2}, {'a.b': 2, 'a': 1}, {'a.b.c': 1, 'a.b': 2}, {'a.b': 2, 'a.b.c': 1}],
)
def test_a_name_that_is_value_and_group_is_refused(flat):
    with pytest.raises(ConfigError, match='a'):
        nest(flat)
