"""Other packages measured beside ours, on the same pictures and in the same minute.

Each peer runs in a process of its own, in an interpreter that has it: such packages want versions
of libraries that ours does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_ros.benchmarks import peer_worker
from fer_ros.benchmarks.processes import Usage, usage
from fer_ros.benchmarks.spread import Spread, spread
from fer_ros.closing import Closing
from fer_ros.types import ImageArray

PEERS = tuple(peer_worker.PEERS)
"""The names of those that can be measured."""
_THREADS = ('OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS')
_SAID = 400
"""Characters of what a peer said last that are told where it failed."""


class PeerError(RuntimeError):
    """A peer that is not installed in the given interpreter, or that ended."""


@dataclass(frozen=True)
class PeerResult:
    """What a peer came to on some pictures."""

    name: str
    version: str
    threads: int
    """It may use so many."""
    load_s: float
    found: float
    """Faces in a picture, on average."""
    time: Spread
    cpu_ms: float
    """Seconds of processor for a picture, on average."""
    usage: Usage
    ratio_p50: float
    """Its median time over ours."""
    ratio_mean: float
    """Its mean time over ours; ours does less on the frames between two detections."""
    ratio_cpu: float
    """Its time of processor over ours; other programs on the machine hardly change it."""


class Peer(Closing):
    """Another package in its own process; use it in a ``with`` statement."""

    def __init__(
        self, name: str, python: str, threads: int, env: Mapping[str, str] = os.environ
    ) -> None:
        """Start and load it, with leave to use so many threads.

        Raises PeerError saying how to install it where it cannot be loaded.
        """
        self.name = name
        self._threads = threads
        self._took_ns: list[int] = []
        self._cpu_ns: list[int] = []
        self._found: list[int] = []
        with ExitStack() as opened:
            self._log = opened.enter_context(tempfile.TemporaryFile())
            self._process = self._start(python, env)
            opened.callback(self._end)
            told = self._answer()
            if 'error' in told:
                package = peer_worker.PEERS[name][0]
                raise PeerError(
                    f'peer {name} cannot be used by {python} ({told["error"]}); for a Python that '
                    f'has it: python3 -m venv peers && peers/bin/pip install {package}, '
                    'then give --peer-python peers/bin/python'
                )
            self._opened = opened.pop_all()
        self._version, self._load_s = told['version'], told['load_s']

    def _start(self, python: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        own = {key: value for key, value in env.items() if key != 'PYTHONPATH'}
        own |= dict.fromkeys(_THREADS, str(self._threads))
        try:
            return subprocess.Popen(
                [python, str(Path(peer_worker.__file__)), self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=own,
            )
        except OSError as error:
            raise PeerError(f'peer {self.name}: cannot run {python}: {error}') from error

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def warm_up(self, image: ImageArray) -> None:
        """Read a picture that is not counted."""
        self._read(image)

    def read(self, image: ImageArray) -> None:
        """Read a picture and note how long it took, without the way to the process."""
        told = self._read(image)
        self._took_ns.append(told['took_ns'])
        self._cpu_ns.append(told['cpu_ns'])
        self._found.append(told['faces'])

    def result(self, ours: Spread, our_cpu_ms: float) -> PeerResult:
        """What it came to since the last result; ours are of a frame of the same stream."""
        time, cpu_ms = spread(self._took_ns), float(np.mean(self._cpu_ns)) / 1e6
        found = PeerResult(
            self.name,
            self._version,
            self._threads,
            self._load_s,
            float(np.mean(self._found)),
            time,
            cpu_ms,
            usage(self._process.pid),
            time.p50_ms / ours.p50_ms,
            time.mean_ms / ours.mean_ms,
            cpu_ms / our_cpu_ms,
        )
        self._took_ns, self._cpu_ns, self._found = [], [], []
        return found

    def _read(self, image: ImageArray) -> dict[str, Any]:
        height, width = image.shape[:2]
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps({'width': width, 'height': height}).encode() + b'\n')
            pipe.write(image.tobytes())
            pipe.flush()
        except BrokenPipeError:
            raise PeerError(f'peer {self.name} has ended: {self._last_words()}') from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PeerError(f'peer {self.name} has ended: {self._last_words()}')
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors='replace').strip()[-_SAID:]
