"""A disk that is full while something is written: a clear error, and what was written is readable.

The disk is a small tmpfs in a mount namespace of its own, which needs no rights on most machines.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
import ros_fakes
from clips import write_clip
from fault_table import Fault, cases
from ros_graph import ROOT

from fakes import write_models

SIZE = '1m'
COMMAND = ('-m', 'fer_ros')


class Disk:
    """Runs commands of fer-ros with a folder that holds 1 MB."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.disk = folder / 'disk'
        self.disk.mkdir()
        for name, seconds in (('a_short', 0.5), ('b_long', 6.0)):
            path = folder / 'corpus' / 'sad' / f'{name}.mkv'
            path.parent.mkdir(parents=True, exist_ok=True)
            write_clip(path, seconds, lambda t: ros_fakes.COLOURS['sad'], lambda t: 0.5)
        self.settings = write_models(folder)

    def run(
        self,
        *words: object,
        then: str = 'pass',
        output: str = '',
        disk: str = f'size={SIZE}',
        program: Sequence[str] = COMMAND,
    ) -> tuple[int, str, str]:
        """Exit code, what was said on stderr, and what a line of Python sees on the disk after.

        ``output`` is where stdout goes, ``disk`` what is mounted, ``program`` what Python runs.
        """
        env = {
            **os.environ,
            'PYTHONPATH': os.pathsep.join([str(ROOT), str(ROOT / 'test')]),
            'DISK': str(self.disk),
        }
        script = (
            f'mount -t tmpfs -o {disk} tmpfs "$DISK" && '
            '{ "$PYTHON" "$@" > "${OUTPUT:-$DISK/../said}" 2> "$DISK/../errors"; '
            f'code=$?; "$PYTHON" -c "$THEN"; exit $code; }}'
        )
        done = subprocess.run(
            ['unshare', '-rm', 'sh', '-c', script, 'sh', *program, *map(str, words)],
            env={**env, 'PYTHON': sys.executable, 'THEN': then, 'OUTPUT': output},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=110,
        )
        errors = (self.folder / 'errors').read_text()
        assert 'Traceback' not in errors, errors
        return done.returncode, errors.strip(), done.stdout.strip() + done.stderr.strip()

    def alive(self) -> str:
        """The same command works where there is room."""
        out, short = self.folder / 'roomy', self.folder / 'corpus' / 'sad' / 'a_short.mkv'
        shutil.rmtree(out, ignore_errors=True)
        code, errors, _ = self.run('bag', 'make', short, '--out', out)
        assert code == 0, errors
        return 'works where there is room'


TINY = (
    *('backbone.plugin=simple_cnn', 'backbone.width=4', 'backbone.hidden=16'),
    *('backbone.dropout=0.1', 'loop.start=', 'loop.epochs=3', 'loop.batch=8'),
    *('loop.average=0.5', 'loop.precision=32-true'),
)


def pictures(folder):
    """Two labels, three people each, whose pictures are noise."""
    random = np.random.default_rng(0)
    for label, person, shot in itertools.product(('joy', 'sadness'), range(6), range(2)):
        path = folder / label / f'person{person}' / f'{shot}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), random.integers(0, 256, (60, 60, 3), np.uint8))
    return folder


BAGS = """
from pathlib import Path
from rosbags.highlevel import AnyReader
from fer_ros.evaluation.bag_messages import message_types
import os
for metadata in sorted(Path(os.environ['DISK']).rglob('metadata.yaml')):
    with AnyReader([metadata.parent], default_typestore=message_types()) as reader:
        print(metadata.parent.name, sum(1 for _ in reader.messages()), 'messages')
"""
FILES = """
import os
from pathlib import Path
print(*sorted(p.name for p in Path(os.environ['DISK']).rglob('*') if p.is_file()))
"""


CHECKPOINTS = """
import os, torch
from pathlib import Path
for path in sorted(Path(os.environ['DISK']).rglob('*.ckpt')):
    print(path.name, 'of epoch', torch.load(path, weights_only=True)['epoch'])
"""
LABELLING = """
import sys
from pathlib import Path
from fer_ros.annotation.labels import Labels
path = Path(sys.argv[1]) / 'labels.csv'
labels = Labels(path, 1e6)
labels.replace([{'start': 0, 'end': 1, 'label': 'sad'}], 0)
many = [{'start': n, 'end': n + 1, 'label': 'sad'} for n in range(9000)]
try:
    labels.replace(many, 1)
except OSError as error:
    sys.exit(str(error))
"""


def said(disk, code, errors, *wanted):
    """The end of a command on a full disk: one line that names the file and the reason."""
    assert code != 0
    last = errors.splitlines()[-1]
    for text in wanted:
        assert text in last, errors
    return f'exit {code}, “{last.replace(str(disk.disk), "DISK")[-110:]}”'


def bags(disk):
    out = disk.disk / 'bags'
    code, errors, left = disk.run('bag', 'make', disk.folder / 'corpus', '--out', out, then=BAGS)
    seen = said(disk, code, errors, 'b_long', 'No space left')
    assert left.startswith('a_short'), left
    assert 'b_long' not in left, left
    return f'{seen}; readable: {left}'


def sqlite_bags(disk):
    command = ('bag', 'make', disk.folder / 'corpus', '--out', disk.disk / 'bags')
    code, errors, left = disk.run(*command, '--storage', 'sqlite3', then=BAGS)
    seen = said(disk, code, errors, 'b_long', 'full')
    assert 'b_long' not in left, left
    return f'{seen}; readable: {left}'


def training(subject, out, run, then, disk):
    """A training of three epochs with checkpoints of 80 kB each and weights of 23 kB."""
    words = ['train', 'face', '--config', ROOT / 'config' / 'train' / 'face_folder.yaml']
    words += ['--data', pictures(subject.folder / 'pictures'), '--out', out, '--run', run]
    words += ['--quiet', '--accelerator', 'cpu', '--devices', 1]
    for setting in TINY:
        words += ['--set', setting]
    return subject.run(*words, then=then, disk=disk)


def checkpoints(disk):
    run = disk.disk / 'run'
    code, errors, left = training(disk, disk.disk / 'model', run, CHECKPOINTS, disk='size=220k')
    seen = said(disk, code, errors, '.ckpt cannot be written', 'No space left')
    assert 'best.ckpt' in left, left
    return f'{seen}; readable: {left}'


def model(disk):
    out = disk.disk / 'model'
    code, errors, left = training(disk, out, disk.folder / 'run', FILES, disk='size=16k')
    seen = said(disk, code, errors, 'weights.safetensors cannot be written', 'No space left')
    assert 'weights' not in left, left
    shutil.rmtree(disk.folder / 'run')
    return f'{seen}; left: {left or "nothing"}'


def labels(disk):
    program = ('-c', LABELLING)
    then = FILES + "print(Path(os.environ['DISK'], 'labels.csv').read_text().split())"
    code, errors, left = disk.run(disk.disk, then=then, disk='size=12k', program=program)
    seen = said(disk, code, errors, 'labels.csv cannot be written', 'No space left')
    assert '0.000,1.000,sad' in left, left
    assert 'part' not in left, left
    return f'{seen}; the earlier labels are there'


def read_only(disk):
    out = disk.disk / 'bags'
    code, errors, _ = disk.run('bag', 'make', disk.folder / 'corpus', '--out', out, disk='ro')
    return said(disk, code, errors, str(disk.disk), 'Read-only file system')


def report(disk):
    command = [
        *('evaluate', disk.folder / 'corpus', '--report', disk.disk / 'report'),
        *('--config', disk.settings, '--workers', 1),
    ]
    code, errors, left = disk.run(*command, then=FILES, disk='size=16k')
    seen = said(disk, code, errors, 'report/', 'No space left')
    assert 'results.json' not in left, 'numbers of a report that is not whole'
    return f'{seen}; left: {left or "nothing"}'


def standard_output(disk):
    code, errors, _ = disk.run('models', 'list', output='/dev/full')
    return said(disk, code, errors, 'No space left')


FAULTS = [
    Fault('bags made on a full disk', 'one line; earlier bags can be read', bags),
    Fault('a checkpoint on a full disk', 'one line; the earlier one is whole', checkpoints),
    Fault('labels on a full disk', 'one line; the earlier ones are there', labels),
    Fault('bags of sqlite3 on a full disk', 'one line; no half a bag', sqlite_bags),
    Fault('a model on a full disk', 'one line; no half a file', model),
    Fault('bags made on a read-only disk', 'one line', read_only),
    Fault('a report on a full disk', 'one line; no results of half a report', report),
    Fault('a table into /dev/full', 'one line', standard_output),
]


@pytest.fixture(scope='module')
def disk(tmp_path_factory):
    if (
        shutil.which('unshare') is None
        or subprocess.run(['unshare', '-rm', 'true'], capture_output=True).returncode
    ):
        pytest.skip('needs unshare -rm: a mount namespace of its own')
    return Disk(tmp_path_factory.mktemp('full'))


@cases(FAULTS)
def test_it_is_told(disk, table, fault):
    table.run('Full disk', fault, disk)
