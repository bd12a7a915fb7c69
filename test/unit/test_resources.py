import pytest

from fer_ros import resources
from fer_ros.resources import share_file, share_folders


def test_the_checkout_comes_first():
    assert (share_folders()[0] / 'package.xml').is_file()
    assert share_file('package.xml') == share_folders()[0] / 'package.xml'


def test_an_install_prefix_is_found(tmp_path, monkeypatch):
    share = tmp_path / 'share' / 'fer_ros'
    share.mkdir(parents=True)
    (share / 'only_here.yaml').touch()
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path}')
    assert share_file('only_here.yaml') == share / 'only_here.yaml'


def test_an_installed_package_does_not_look_beside_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, '__file__', str(tmp_path / 'fer_ros' / 'resources.py'))
    assert tmp_path not in share_folders()


def test_a_missing_file_names_the_places(monkeypatch):
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/a/prefix')
    with pytest.raises(FileNotFoundError, match=r'nothing\.yaml is not in .*/a/prefix/share'):
        share_file('nothing.yaml')
