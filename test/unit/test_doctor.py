import importlib
from itertools import dropwhile, takewhile
from types import SimpleNamespace

import pytest

from fer_ros import diagnosis
from fer_ros.cli import main
from fer_ros.commands import doctor
from fer_ros.diagnosis import diagnose
from fer_ros.finding import Finding


@pytest.fixture
def without(monkeypatch):
    """Makes modules impossible to import, or replaces them."""

    def hide(*hidden, **replaced):
        def import_module(name):
            if name in hidden:
                raise ImportError(f'no {name} here')
            return replaced.get(name) or importlib.import_module(name)

        monkeypatch.setattr(diagnosis, 'importlib', SimpleNamespace(import_module=import_module))

    return hide


def found(area):
    """The findings of an area; what comes after it is not looked at."""
    later = dropwhile(lambda finding: finding.area != area, diagnose())
    return {finding.name: finding for finding in takewhile(lambda f: f.area == area, later)}


def test_a_missing_library_is_essential_and_says_how_to_get_it(without):
    without('cv2')
    finding = found('python')['cv2']
    assert (finding.found, finding.essential) == (False, True)
    assert (finding.detail, finding.remedy) == (
        'no cv2 here',
        'pip install opencv-python-headless',
    )
    assert found('models') == {}  # looking at them would fail for the same reason


def test_without_ros_the_rest_works(monkeypatch):
    monkeypatch.delenv('ROS_DISTRO', raising=False)
    (finding,) = found('ros').values()
    assert (finding.found, finding.essential) == (False, False)
    assert 'setup.bash' in finding.remedy


def test_a_missing_message_package_of_a_sourced_ros_is_essential(monkeypatch, without):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    without(*diagnosis.PACKAGES)
    finding = found('ros')['hri_msgs']
    assert (finding.found, finding.essential) == (False, True)
    assert finding.remedy == 'sudo apt install ros-jazzy-hri-msgs'


@pytest.mark.parametrize(
    ('message', 'text'), [('AudioDataStamped', 'ros-drivers'), ('AudioStamped', 'mgonzs13')]
)
def test_the_family_of_the_audio_messages_is_told(monkeypatch, without, message, text):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    module = SimpleNamespace(**{message: object})
    without(*diagnosis.PACKAGES, **{'audio_common_msgs.msg': module})
    assert text in found('ros')['audio_common_msgs'].detail


def test_models_and_plugins_are_tried():
    findings = {(finding.area, finding.name): finding for finding in diagnose()}
    assert findings['vad', 'energy'].found
    assert findings['face_detector', 'yunet'].found


@pytest.mark.parametrize(('essential', 'code'), [(True, 1), (False, 0)])
def test_the_exit_code_says_whether_something_essential_is_missing(
    monkeypatch, capsys, essential, code
):
    findings = [
        Finding('python', 'numpy', True, '2.0', essential=True),
        Finding('ros', 'ros2', False, 'not in PATH', 'source it', essential),
    ]
    monkeypatch.setattr(doctor, 'diagnose', lambda: findings)
    assert main(['doctor']) == code
    lines = [' '.join(line.split()) for line in capsys.readouterr().out.splitlines()]
    sign = 'MISSING' if essential else '-'
    assert lines[:4] == ['python', 'ok numpy 2.0', 'ros', f'{sign} ros2 not in PATH -> source it']
