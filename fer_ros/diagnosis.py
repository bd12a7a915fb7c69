"""Looks at the machine: what the package needs or can use, and how to get what is missing.

Everything is imported where it is looked at, because anything may be missing.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from fer_ros import dds_diagnosis
from fer_ros.finding import Finding

LIBRARIES = {
    'numpy': 'numpy',
    'cv2': 'opencv-python-headless',
    'av': 'av',
    'onnxruntime': 'onnxruntime',
    'safetensors': 'safetensors',
    'scipy': 'scipy',
    'soxr': 'soxr',
    'torch': 'torch',
    'yaml': 'pyyaml',
}
"""Module -> pip package."""

PACKAGES = (
    *('rclpy', 'message_filters', 'launch_ros', 'builtin_interfaces', 'diagnostic_msgs'),
    *('hri_msgs', 'lifecycle_msgs', 'rcl_interfaces', 'sensor_msgs', 'std_msgs', 'vision_msgs'),
)
SETUP = 'source setup.bash after `make setup` in the source folder, or source a ROS 2 workspace'


def diagnose() -> Iterator[Finding]:
    """Everything, in an order in which people read it."""
    libraries = list(_libraries())
    yield from libraries
    yield from _ros()
    if all(finding.found for finding in libraries):
        yield from _models()
        yield from _plugins()
        yield from _devices()
    yield from _camera()
    yield from _microphone()


def _libraries() -> Iterator[Finding]:
    for module, package in LIBRARIES.items():
        try:
            importlib.import_module(module)
        except ImportError as error:
            yield Finding('python', module, False, str(error), f'pip install {package}', True)
        else:
            yield Finding('python', module, True, _version(package), essential=True)


def _ros() -> Iterator[Finding]:
    distro = os.environ.get('ROS_DISTRO', '')
    if not distro:
        why = 'no ROS 2 is sourced; predict, train and models work without'
        yield Finding('ros', 'ROS_DISTRO', False, why, SETUP)
        return
    yield Finding('ros', 'ROS_DISTRO', True, distro)
    ros2 = shutil.which('ros2')
    yield Finding('ros', 'ros2', ros2 is not None, ros2 or 'not in PATH', SETUP)
    for package in PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError as error:
            remedy = f'sudo apt install ros-{distro}-{package.replace("_", "-")}'
            yield Finding('ros', package, False, str(error), remedy, essential=True)
        else:
            yield Finding('ros', package, True, 'importable', essential=True)
    yield _audio_messages(distro)
    try:
        middleware = importlib.import_module('rclpy').get_rmw_implementation_identifier()
    except ImportError:  # told above
        return
    yield from dds_diagnosis.look(middleware, os.environ)


def _audio_messages(distro: str) -> Finding:
    remedy = f'sudo apt install ros-{distro}-audio-common-msgs'
    try:
        messages = importlib.import_module('audio_common_msgs.msg')
    except ImportError as error:
        return Finding('ros', 'audio_common_msgs', False, f'{error}; only faces', remedy)
    if hasattr(messages, 'AudioDataStamped'):
        return Finding('ros', 'audio_common_msgs', True, 'those of ros-drivers (AudioDataStamped)')
    if hasattr(messages, 'AudioStamped'):
        return Finding('ros', 'audio_common_msgs', True, 'those of mgonzs13 (AudioStamped)')
    return Finding('ros', 'audio_common_msgs', False, 'neither known kind of them', remedy)


def _models() -> Iterator[Finding]:
    from fer_ros import cards
    from fer_ros.pipeline import PipelineConfig

    config = PipelineConfig()
    needed = {config.face.model, config.voice.model}
    remedy = 'get the whole source folder; models are in models/<name>/'
    for name in sorted({*cards.names(), *needed}):
        problem = _problem(partial(_load_model, name))
        detail = problem or 'loads, its hash is right'
        yield _used_or_not('models', name, problem, detail, remedy, name in needed)


def _load_model(name: str) -> None:
    from fer_ros import cards, models

    models.load_backbone(cards.find(name).kind, name, 'cpu')


def _plugins() -> Iterator[Finding]:
    from fer_ros import plugins
    from fer_ros.pipeline import PipelineConfig

    config = PipelineConfig()
    for kind, needed in (
        ('face_detector', config.face.detector.plugin),
        ('vad', config.voice.vad.plugin),
    ):
        for name in plugins.available(kind):
            problem = _problem(partial(_build, kind, name))
            yield _used_or_not(kind, name, problem, problem or 'ready', '', name == needed)


def _build(kind: str, name: str) -> None:
    from fer_ros import plugins

    cls = plugins.load(kind, name)
    cls(cls.Config())


def _used_or_not(
    area: str, name: str, problem: str, detail: str, remedy: str, is_default: bool
) -> Finding:
    detail = f'{detail} (the default)' if is_default else detail
    return Finding(area, name, not problem, detail, remedy, is_default)


def _devices() -> Iterator[Finding]:
    torch = importlib.import_module('torch')
    count = torch.cuda.device_count()
    names = ', '.join(torch.cuda.get_device_name(number) for number in range(count))
    detail = names or 'none; models run on the processor'
    yield Finding('devices', 'cuda', count > 0, detail)


def _camera() -> Iterator[Finding]:
    found = sorted(Path('/dev').glob('video*'))
    for path in found:
        readable = os.access(path, os.R_OK)
        detail = 'readable' if readable else 'not readable by you'
        yield Finding('camera', str(path), readable, detail, 'sudo usermod -aG video $USER')
    if not found:
        yield Finding('camera', '/dev/video*', False, 'none', 'plug one in, or use its topic')


def _microphone() -> Iterator[Finding]:
    try:
        sounddevice = importlib.import_module('sounddevice')
        name = sounddevice.query_devices(kind='input')['name']
    except ImportError as error:
        yield Finding('microphone', 'PortAudio', False, str(error), 'pip install sounddevice')
    except OSError as error:
        remedy = 'sudo apt install libportaudio2'
        yield Finding('microphone', 'PortAudio', False, str(error), remedy)
    except Exception as error:  # sounddevice.PortAudioError, which cannot be imported up there
        remedy = 'plug one in, or use its topic'
        yield Finding('microphone', 'input', False, str(error), remedy)
    else:
        yield Finding('microphone', 'input', True, name)


def _problem(attempt: Callable[[], Any]) -> str:
    """What went wrong, in one line; '' where nothing did."""
    try:
        attempt()
    except Exception as error:  # a model or a plugin may fail in any way, and that is the finding
        return ' '.join(str(error).split()) or repr(error)
    return ''


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # from the system's packages under another name
        return 'version unknown'
