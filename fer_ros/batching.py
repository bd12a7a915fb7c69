"""Calls of a network from several threads, joined into one where they would wait for each other.

Several streams share a network.  While it works for one of them, the calls of the others gather;
whoever comes first when it is free takes them all along in one batch (flat combining, Hendler
2010).  Nobody waits for others to come, so a call that meets none is as fast as without this.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros.types import FloatArray

Inputs = npt.NDArray[Any]
Answer = tuple[FloatArray, FloatArray]


class BatchError(RuntimeError):
    """A network that gives another number of answers than it was given inputs."""


class _Call:
    """One thread's inputs, and in the end what came of them."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.answer: Answer | None = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.answer is not None or self.error is not None

    def result(self) -> Answer:
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer


class JoinedCalls:
    """A function (N, ...) -> (N, D), (N, C) that runs once at a time, for all who wait.

    An error reaches only those whose inputs raise it: a batch that fails is run again, each call
    alone.  A function that never returns holds all its callers; see running_s.
    """

    def __init__(
        self, infer: Callable[[Inputs], Answer], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``infer`` treats each input on its own; ``clock`` is in seconds."""
        self._infer = infer
        self._clock = clock
        self._condition = threading.Condition()
        """Of all that follows; not held while the function runs."""
        self._waiting: list[_Call] = []
        self._since_s: float | None = None
        self._nothing: Answer | None = None

    @property
    def running_s(self) -> float:
        """For how long the function has been running; 0.0 while it does not."""
        since_s = self._since_s
        return 0.0 if since_s is None else self._clock() - since_s

    def __call__(self, inputs: Inputs) -> Answer:
        """The answers to inputs (N, ...); raises what the function raises for them."""
        if len(inputs) == 0 and self._nothing is not None:
            return self._nothing
        call = _Call(inputs)
        with self._condition:
            self._waiting.append(call)
            self._condition.wait_for(lambda: call.done or self._since_s is None)
            if call.done:
                return call.result()
            self._since_s = self._clock()
            together = list(self._waiting)
        try:
            self._run(together)
        finally:  # also where a plugin ends this thread, so that the others go on
            with self._condition:
                self._since_s = None
                self._waiting = [
                    each for each in self._waiting if each is not call and not each.done
                ]
                self._condition.notify_all()
        return call.result()

    def _run(self, calls: Sequence[_Call]) -> None:
        if len(calls) > 1 and self._run_joined(calls):
            return
        for call in calls:
            try:
                call.answer = self._answer(call.inputs)
            except Exception as error:  # a plugin may fail in any way
                call.error = error

    def _run_joined(self, calls: Sequence[_Call]) -> bool:
        """Whether one batch of all calls worked; if not, each alone will tell who is to blame."""
        try:
            embeddings, logits = self._answer(np.concatenate([call.inputs for call in calls]))
        except Exception:  # a plugin may fail in any way
            return False
        start = 0
        for call in calls:
            end = start + len(call.inputs)
            call.answer = embeddings[start:end], logits[start:end]
            start = end
        return True

    def _answer(self, inputs: Inputs) -> Answer:
        embeddings, logits = self._infer(inputs)
        if not len(embeddings) == len(logits) == len(inputs):
            raise BatchError(
                f'{len(embeddings)} embeddings and {len(logits)} logits of {len(inputs)} inputs'
            )
        self._nothing = embeddings[:0], logits[:0]
        return embeddings, logits
