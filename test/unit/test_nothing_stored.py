"""What libraries would store or send by themselves, and must not with us."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def test_onnxruntime_stores_nothing_of_what_it_runs_on(tmp_path):
    pytest.importorskip('onnxruntime')
    homes = dict.fromkeys(('HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'TMPDIR'), str(tmp_path))
    env = {key: value for key, value in os.environ.items() if key != 'ORT_DISABLE_TELEMETRY'}
    code = 'import fer_ros, onnxruntime; onnxruntime.get_available_providers()'
    subprocess.run([sys.executable, '-c', code], env={**env, **homes}, check=True)
    assert list(tmp_path.rglob('*')) == []
