import sys
from importlib import metadata

import pytest

from fer_ros import plugins
from fer_ros.config import Chosen
from fer_ros.plugins import PluginError, available, build, load

MODULE = """
from dataclasses import dataclass

class Mine:
    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config):
        pass

class NoConfig:
    pass

class OddConfig:
    Config = int
"""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """A module that is importable, and a function that registers entry points."""
    (tmp_path / 'third_party_fusion.py').write_text(MODULE)
    (tmp_path / 'broken_fusion.py').write_text('import a_module_that_nobody_has')
    monkeypatch.syspath_prepend(tmp_path)
    entries = []

    def entry_points(group):
        return [entry for entry in entries if entry.group == group]

    monkeypatch.setattr(metadata, 'entry_points', entry_points)

    def register(name, value, group='fer_ros.fusion'):
        entries.append(metadata.EntryPoint(name, value, group))
        plugins._registered.cache_clear()

    yield register
    plugins._registered.cache_clear()
    for name in ('third_party_fusion', 'broken_fusion'):
        sys.modules.pop(name, None)


def test_every_built_in_is_listed():
    for kind, names in plugins.BUILT_IN.items():
        assert set(names) <= set(available(kind))


def test_listing_imports_nothing(third_party):
    third_party('broken', 'broken_fusion:Broken')
    assert available('fusion')['broken'] == 'broken_fusion:Broken'
    assert 'broken_fusion' not in sys.modules


def test_an_entry_point_is_found_and_loaded(third_party):
    third_party('mine', 'third_party_fusion:Mine')
    assert load('fusion', 'mine').__name__ == 'Mine'


def test_a_broken_plugin_that_nobody_chose_hurts_nobody(third_party):
    third_party('broken', 'broken_fusion:Broken')
    assert load('fusion', 'weighted_average').__name__ == 'WeightedAverage'


def test_a_broken_plugin_that_was_chosen_says_why(third_party):
    third_party('broken', 'broken_fusion:Broken')
    with pytest.raises(PluginError, match=r"'broken'.*broken_fusion:Broken.*nobody_has") as info:
        load('fusion', 'broken')
    assert isinstance(info.value.__cause__, ModuleNotFoundError)


def test_an_import_path_needs_no_registration(third_party):
    assert load('fusion', 'third_party_fusion:Mine').__name__ == 'Mine'


@pytest.mark.parametrize(
    ('path', 'reason'),
    [
        ('third_party_fusion:Missing', 'Missing'),
        ('third_party_fusion:', 'failed to load'),
        (':Mine', 'failed to load'),
        ('nowhere_fusion:Mine', r'failed to load: .*; is its folder in PYTHONPATH\?$'),
        ('broken_fusion:Mine', r"failed to load: .*'a_module_that_nobody_has'\"\)$"),
        ('third_party_fusion:NoConfig', 'no nested Config'),
        ('third_party_fusion:OddConfig', 'no nested Config'),
    ],
)
def test_a_path_that_leads_nowhere_says_so(third_party, path, reason):
    with pytest.raises(PluginError, match=reason):
        load('fusion', path)


def test_a_class_of_another_kind_is_refused(third_party):
    chosen = Chosen('third_party_fusion:Mine', None)
    with pytest.raises(PluginError, match=r'third_party_fusion:Mine.* is no Fusion'):
        build('fusion', chosen)


def test_what_is_installed_is_searched_once(third_party, monkeypatch):
    third_party('mine', 'third_party_fusion:Mine')
    before = available('fusion')
    monkeypatch.setattr(metadata, 'entry_points', None)
    assert available('fusion') == before


def test_an_unknown_name_lists_what_exists():
    with pytest.raises(PluginError, match=r"fusion plugin 'nope'; available: .*weighted_"):
        load('fusion', 'nope')


def test_an_unknown_kind_lists_the_kinds():
    with pytest.raises(PluginError, match='face_detector'):
        available('nose')


def test_a_name_claimed_twice_names_both(third_party):
    third_party('weighted_average', 'third_party_fusion:Mine')
    with pytest.raises(PluginError, match=r'claimed twice: .* and third_party_fusion:Mine'):
        load('fusion', 'weighted_average')


def test_a_built_in_that_is_registered_as_well_is_not_claimed_twice(third_party):
    third_party('weighted_average', plugins.BUILT_IN['fusion']['weighted_average'])
    assert load('fusion', 'weighted_average').__name__ == 'WeightedAverage'
