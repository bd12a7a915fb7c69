"""A disk that is full while something is written: a clear error, and what was written is readable.

The disk is a small tmpfs in a mount namespace of its own, which needs no rights on most machines.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import ros_fakes
from clips import write_clip
from fault_table import Fault, cases
from ros_graph import ROOT

from fakes import write_models

SIZE = '3m'


class Disk:
    """Runs commands of fer-ros with a folder that holds 3 MB."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.disk = folder / 'disk'
        self.disk.mkdir()
        for name, seconds in (('a_short', 0.5), ('b_long', 20.0)):
            path = folder / 'corpus' / 'sad' / f'{name}.mkv'
            path.parent.mkdir(parents=True, exist_ok=True)
            write_clip(path, seconds, lambda t: ros_fakes.COLOURS['sad'], lambda t: 0.5)
        self.settings = write_models(folder)

    def run(
        self, *words: object, then: str = 'pass', output: str = '', size: str = SIZE
    ) -> tuple[int, str, str]:
        """Exit code, what was said on stderr, and what a line of Python sees on the disk after.

        ``output`` is where stdout goes, ``size`` that of the disk.
        """
        env = {
            **os.environ,
            'PYTHONPATH': os.pathsep.join([str(ROOT), str(ROOT / 'test')]),
            'DISK': str(self.disk),
        }
        script = (
            f'mount -t tmpfs -o size={size} tmpfs "$DISK" && '
            '{ "$PYTHON" -m fer_ros "$@" > "${OUTPUT:-$DISK/../said}" 2> "$DISK/../errors"; '
            f'code=$?; "$PYTHON" -c "$THEN"; exit $code; }}'
        )
        done = subprocess.run(
            ['unshare', '-rm', 'sh', '-c', script, 'sh', *map(str, words)],
            env={**env, 'PYTHON': sys.executable, 'THEN': then, 'OUTPUT': output},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=90,
        )
        errors = (self.folder / 'errors').read_text()
        assert 'Traceback' not in errors, errors
        return done.returncode, errors.strip(), done.stdout.strip() + done.stderr.strip()

    def alive(self) -> str:
        """The same command works where there is room."""
        out = self.folder / 'roomy'
        shutil.rmtree(out, ignore_errors=True)
        code, errors, _ = self.run('bag', 'make', self.folder / 'corpus', '--out', out)
        assert code == 0, errors
        return 'works where there is room'


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


def bags(disk):
    out = disk.disk / 'bags'
    code, errors, left = disk.run('bag', 'make', disk.folder / 'corpus', '--out', out, then=BAGS)
    assert code != 0
    assert 'No space left' in errors, errors
    assert left.startswith('a_short'), left
    assert 'b_long' not in left, left
    return f'exit {code}, “{errors.splitlines()[-1][-110:]}”; readable: {left}'


def report(disk):
    command = [
        *('evaluate', disk.folder / 'corpus', '--report', disk.disk / 'report'),
        *('--config', disk.settings, '--workers', 1),
    ]
    code, errors, left = disk.run(*command, then=FILES, size='16k')
    assert code != 0
    assert 'No space left' in errors, errors
    assert 'results.json' not in left, 'numbers of a report that is not whole'
    return f'exit {code}, “{errors.splitlines()[-1][-110:]}”; left: {left or "nothing"}'


def standard_output(disk):
    code, errors, _ = disk.run('models', 'list', output='/dev/full')
    assert code != 0
    assert 'No space left' in errors, errors
    return f'exit {code}, “{errors}”'


FAULTS = [
    Fault('bags made on a full disk', 'one line; earlier bags can be read', bags),
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
