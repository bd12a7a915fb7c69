"""What the documents show works, and what they point to is there."""

import re
import sys
from pathlib import Path

import pytest

from fer_ros import cards, plugins, testing
from fer_ros.cli import COMMANDS
from fer_ros.parameter_files import read_file
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import load_fusion
from fer_ros.policy.rules import read_rules

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
README = DOCUMENTS[0].read_text()


def block(language, text=README):
    return re.search(rf'^```{language}\n(.*?)^```', text, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The folder with the plugin of the README, importable."""
    (tmp_path / 'certain_fusion.py').write_text(block('python'))
    (tmp_path / 'my.yaml').write_text(block('yaml'))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop('certain_fusion', None)


def test_the_plugin_of_the_readme_keeps_its_contract(example):
    cls = plugins.load('fusion', 'certain_fusion:CertainFusion')
    testing.check_fusion(cls(cls.Config()))


def test_the_parameters_of_the_readme_choose_the_plugin(example):
    config = read_file(PerceptionConfig, example / 'my.yaml', 'perception')
    assert config.fusion.config.sharpness == 4.0
    assert type(load_fusion(config.fusion)).__name__ == 'CertainFusion'


def test_the_rules_of_the_documents_are_rules(tmp_path):
    path = tmp_path / 'rules.yaml'
    path.write_text(block('yaml', (ROOT / 'docs' / 'using_emotion.md').read_text()))
    assert [rule.behaviour for rule in read_rules(path)] == ['comfort', 'cheer']


@pytest.mark.parametrize('path', DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_lead_somewhere(path):
    for target in re.findall(r'(?<!!)\[[^\]]*\]\(([^)#]+)\)', path.read_text()):
        if '://' not in target:
            assert (path.parent / target).exists(), target


def test_robustness_was_measured_on_the_weights_that_are_here():
    page = (ROOT / 'docs' / 'face_robustness.md').read_text()
    measured = dict(re.findall(r'`(\w+)` ([0-9a-f]{12})\b', page))
    assert measured == {name: cards.find(name).sha256[:12] for name in measured}
    assert 'face_ferplus' in measured


def test_the_commands_of_the_readme_exist():
    used = set(re.findall(r'^    fer-ros (\w+)', README, re.MULTILINE))
    assert used == set(COMMANDS)
