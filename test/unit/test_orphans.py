"""What a test starts ends with the tests, also where they are killed."""

import subprocess
import sys

import orphans

TESTS = """
import os, subprocess, sys
from orphans import Guard
guard = Guard()
ours = subprocess.Popen(
    [sys.executable, '-c', 'print("here", flush=True); import time; time.sleep(999)'],
    start_new_session=True,
)
guard.watch(ours.pid)
os._exit(9)
"""


def test_a_process_is_killed_when_the_tests_are():
    folder = orphans.__file__.rpartition('/')[0]
    tests = subprocess.Popen(
        [sys.executable, '-c', TESTS],
        stdout=subprocess.PIPE,
        text=True,
        env={'PYTHONPATH': folder},
    )
    # the pipe is at its end when the last process that has it is gone
    out, _ = tests.communicate(timeout=60)
    assert tests.returncode == 9
    assert out in ('here\n', '')


def test_what_has_ended_is_forgotten(monkeypatch):
    killed = []
    monkeypatch.setattr(orphans.os, 'killpg', lambda group, number: killed.append(group))
    orphans.watch(['+11\n', '+12\n', '-11\n'])
    assert killed == [12]
