"""Ctrl-C in a terminal, which reaches all processes of a command, at moments of every kind."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from fault_table import Fault, cases
from ros_graph import ROOT, Process, wait_until
from test_full_disk import TINY, pictures

from fer_ros.sources import sample_path

COMMAND = ['-m', 'fer_ros']
DEADLINE_S = 60.0
QUIET = 'quiet, exit code {}'


class Terminal:
    """Starts things, and interrupts them once something can be seen of them."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self._env = {
            **os.environ,
            'PYTHONPATH': os.pathsep.join([str(ROOT), *sys.path]),
            'PYTHONUNBUFFERED': '1',
        }

    def interrupt(self, words, moment, code) -> str:
        """Start Python with words, press Ctrl-C at a moment, and look at how it ends."""
        self._process = Process([sys.executable, *map(str, words)], self._env)
        process = self._process
        wait_until(lambda: moment(process) or not process.running, 'the moment', DEADLINE_S)
        assert process.running, f'it ended before:\n{process.output}'
        assert process.interrupt() == code, process.output
        for unwanted in ('Traceback', 'KeyboardInterrupt', 'rror'):
            assert unwanted not in process.output, process.output
        return f'exit code {code}, no traceback'

    def alive(self) -> str:
        """Nothing of it is left."""

        def is_gone():
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return True
            return False

        wait_until(is_gone, 'all of its processes to end', DEADLINE_S)
        return 'no process is left'


def loads(library):
    """The moment at which a shared library is being loaded."""

    def moment(process):
        try:
            return library in Path(f'/proc/{process.pid}/maps').read_text()
        except OSError:
            return False

    return moment


def has_workers(process):
    """The moment at which it has started processes of its own."""
    try:
        return Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
    except OSError:
        return False


def says(text):
    return lambda process: text in process.output


def command(name, words, moment):
    def inject(terminal):
        return terminal.interrupt([*COMMAND, *words(terminal.folder)], moment, 130)

    return Fault(name, QUIET.format(130), inject)


def node(name, library):
    start = f'from fer_ros.ros import start; raise SystemExit(start.{name}())'

    def inject(terminal):
        return terminal.interrupt(['-c', start], loads(library), 0)

    return Fault(f'{name} node, while it loads {library}', QUIET.format(0), inject)


def predict(folder):
    return ['predict', sample_path()]


def evaluate(folder):
    corpus = folder / 'corpus' / 'sad'
    corpus.mkdir(parents=True, exist_ok=True)
    for name in ('one.mp4', 'two.mp4'):
        shutil.copy(sample_path(), corpus / name)
    return ['evaluate', corpus.parent, '--workers', 2, '--report', folder / 'report']


def make_bags(folder):
    return ['bag', 'make', sample_path(), '--out', folder / 'bags', '--force']


def train(folder):
    words = ['train', 'face', '--config', ROOT / 'config' / 'train' / 'face_folder.yaml']
    words += ['--data', pictures(folder / 'pictures'), '--out', folder / 'model']
    words += ['--run', folder / 'run', '--accelerator', 'cpu', '--devices', 1]
    for setting in (*TINY, 'loop.epochs=9999'):
        words += ['--set', setting]
    return words


FAULTS = [
    command('fer-ros predict, while it loads NumPy', predict, loads('_multiarray_umath')),
    node('perception', '_rclpy_pybind11'),
    command('fer-ros predict, while it loads OpenCV', predict, loads('cv2.abi3')),
    command('fer-ros predict, while it loads ONNX Runtime', predict, loads('onnxruntime_pybind')),
    node('policy', '_rclpy_pybind11'),
    command('fer-ros predict, while it reads', predict, says('happy')),
    command('fer-ros evaluate, while its workers start', evaluate, has_workers),
    command('fer-ros train, while it loads PyTorch', train, loads('libtorch_cpu')),
    command('fer-ros train, while it trains', train, says('Epoch 3')),
    node('media', 'libav'),
    node('overlay', 'cv2.abi3'),
    command('fer-ros bag make, while it loads PyAV', make_bags, loads('libavformat')),
]


@pytest.fixture(scope='module')
def terminal(tmp_path_factory):
    return Terminal(tmp_path_factory.mktemp('terminal'))


@cases(FAULTS)
def test_it_ends_quietly(terminal, table, fault):
    table.run('Ctrl-C', fault, terminal)
