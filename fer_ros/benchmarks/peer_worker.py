"""Runs another package on pictures, in that package's own Python: `python peer_worker.py NAME`.

Nothing of this package may be imported here, since it is not installed there.  On standard input
comes a line of JSON with width and height for each picture, and then its RGB bytes; on standard
output goes one line of JSON for each, and one before them about the package.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

Read = Callable[[Any], int]
"""A picture (H, W, 3) in BGR -> the number of faces that were read."""


def fer(*, mtcnn: bool) -> Read:
    """The package fer, with OpenCV's Haar cascade or with MTCNN."""
    try:
        module = importlib.import_module('fer.fer')
    except ModuleNotFoundError as error:
        if error.name not in ('fer.fer', 'fer'):
            raise
        module = importlib.import_module('fer')
    detector = module.FER(mtcnn=mtcnn)
    return lambda image: len(detector.detect_emotions(image))


PEERS: dict[str, tuple[str, Callable[[], Read]]] = {
    'fer': ('fer', lambda: fer(mtcnn=False)),
    'fer-mtcnn': ('fer', lambda: fer(mtcnn=True)),
}
"""Name -> the package, and what loads it."""


def serve(name: str, source: BinaryIO, target: BinaryIO) -> None:
    """Answer pictures until there are no more."""
    package, load = PEERS[name]
    begin_s = time.perf_counter()
    try:
        read = load()
        numpy = importlib.import_module('numpy')
        version = importlib.metadata.version(package)
    except Exception as error:  # whatever is wrong there is told here
        _tell(target, {'error': f'{type(error).__name__}: {error}'})
        return
    _tell(target, {'version': version, 'load_s': time.perf_counter() - begin_s})
    while line := source.readline():
        shape = json.loads(line)
        size = shape['height'], shape['width'], 3
        data = source.read(size[0] * size[1] * 3)
        bgr = numpy.ascontiguousarray(numpy.frombuffer(data, numpy.uint8).reshape(size)[..., ::-1])
        begin_ns, begin_cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        faces = read(bgr)
        cpu_ns = time.process_time_ns() - begin_cpu_ns
        took_ns = time.perf_counter_ns() - begin_ns
        _tell(target, {'took_ns': took_ns, 'cpu_ns': cpu_ns, 'faces': faces})


def _tell(target: BinaryIO, answer: dict[str, Any]) -> None:
    target.write(json.dumps(answer).encode() + b'\n')
    target.flush()


def main() -> None:
    """Keep standard output for the answers: libraries print to it as well."""
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    serve(sys.argv[1], sys.stdin.buffer, answers)


if __name__ == '__main__':
    main()
