"""Looks for faces in the pictures that come next, in the thread that reads them.

What a detector finds follows from the picture alone, so it does not matter when it is asked, and a
second core has something to do.  Where the pipeline asks for another picture than was foreseen, it
is asked then; the results are the same.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fer_ros.playback import Sample
from fer_ros.protocols import FaceDetector
from fer_ros.types import NS_PER_S, Face, Frame, ImageArray

_KEPT = 32
"""Answers kept at most; more pictures than that are never read ahead."""


@dataclass(frozen=True, eq=False)
class _Answer:
    image: ImageArray
    """Held, so that no other picture gets its id."""
    faces: list[Face]
    spent_ns: int


class Foresight:
    """A face detector that may have been asked before."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._asking = threading.Lock()
        self._answers: OrderedDict[int, _Answer] = OrderedDict()
        self._spent_ns = 0

    def detect(self, image: ImageArray) -> list[Face]:
        """See FaceDetector."""
        answer = self._answers.pop(id(image), None)
        if answer is None:
            with self._asking:
                return self._detector.detect(image)
        self._spent_ns += answer.spent_ns
        return answer.faces

    def take_spent_ns(self) -> int:
        """How long the answers took that were given since the last call and had been foreseen."""
        spent_ns, self._spent_ns = self._spent_ns, 0
        return spent_ns

    def of(self, samples: Iterable[Sample], interval_s: float) -> Iterator[Sample]:
        """The same samples, after faces were looked for in each picture that is due."""
        asked_ns: int | None = None
        for sample in samples:
            if isinstance(sample, Frame):
                elapsed_ns = 0 if asked_ns is None else sample.stamp_ns - asked_ns
                if asked_ns is None or elapsed_ns < 0 or elapsed_ns >= interval_s * NS_PER_S:
                    asked_ns = sample.stamp_ns
                    self._ask(sample.image)
            yield sample

    def _ask(self, image: ImageArray) -> None:
        begin_ns = time.perf_counter_ns()
        try:
            with self._asking:
                faces = self._detector.detect(image)
        except Exception:  # a plugin may fail in any way; the pipeline will see it when it asks
            return
        spent_ns = time.perf_counter_ns() - begin_ns
        self._answers[id(image)] = _Answer(image, faces, spent_ns)
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
