"""A worker that is replaced when it hangs, so that a stuck plugin does not blind the robot.

Python cannot end a thread that does not return.  It is left behind, with its pipeline and models,
until it returns by itself, and a worker with a pipeline of its own takes over.  Only so many may
be left behind; then nothing is started until one of them returns.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fer_ros.budget import BudgetConfig
from fer_ros.config import setting
from fer_ros.live import LiveResult, LiveWorker, Load, MakeFrame
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.types import AudioChunk

MOST_STUCK = 3
"""Workers that may be left behind at a time."""
STOP_S = 2.0
"""How long a worker may take to end before it is left behind, too."""


@dataclass(frozen=True)
class WatchdogConfig:
    """Settings of the watch over the worker."""

    timeout: float = setting(
        10.0,
        'Time with one picture or window of sound after which the worker hangs and is replaced',
        unit='s',
        ge=0.5,
        le=3600.0,
        live=True,
    )


@dataclass(frozen=True)
class WorkerStatus:
    """How a watched worker does, for diagnostics."""

    facts: Mapping[str, str]
    """Models, plugins and device in use."""
    load: Load | None
    """None while nobody works."""
    stuck: bool
    """Whether so many hang that nothing is started any more."""
    hangs: int
    """How often a worker was replaced."""
    hung_in: str
    """The stage in which the last one hung, '' for none."""


class WatchdogError(RuntimeError):
    """A worker that hung, or one that cannot be replaced."""


class WatchedWorker:
    """Runs a pipeline live as LiveWorker does; check() is to be called a few times a second.

    Its methods may be called from several threads.
    """

    def __init__(
        self,
        pipeline: EmotionPipeline,
        load: Callable[[PipelineConfig], EmotionPipeline],
        on_result: Callable[[LiveResult], None],
        on_error: Callable[[str, Exception], None],
        budget: BudgetConfig,
        watchdog: WatchdogConfig,
        left_behind: list[LiveWorker],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``load`` makes another pipeline; ``on_error`` is told of 'watchdog' as well.

        ``left_behind`` are those that hang, and comes to have more of them; who makes one of this
        class after the other gives the same list to all.
        """
        self._pipeline = pipeline
        self._load = load
        self._on_result = on_result
        self._on_error = on_error
        self._budget = budget
        self._watchdog = watchdog
        self._clock = clock
        self._config = pipeline.config
        self._lock = threading.Lock()
        """Of all that follows; held for moments only."""
        self._worker: LiveWorker | None = None
        self._stuck = left_behind
        self._loading = self._stopped = False
        self._retry_s = -math.inf
        self._hangs = 0
        self._hung_in = ''

    @property
    def newest_arrival_s(self) -> float:
        """When the newest input arrived, by the clock; -inf where nobody works."""
        worker = self._worker
        return worker.newest_arrival_s if worker else -math.inf

    def status(self) -> WorkerStatus:
        """How it does now."""
        worker, stuck = self._worker, len(self._stuck) >= MOST_STUCK
        load = worker.load if worker else None
        return WorkerStatus(self._pipeline.facts(), load, stuck, self._hangs, self._hung_in)

    def start(self) -> None:
        """Begin to take inputs, or where too many hang, as soon as one of them returns."""
        with self._lock:
            self._forget_returned()
            if len(self._stuck) < MOST_STUCK:
                self._begin(self._pipeline)

    def stop(self) -> None:
        """End after what is being done now, or leave it behind where that takes too long."""
        with self._lock:
            self._stopped = True
            self._forget_returned()
            worker, self._worker = self._worker, None
        if worker is not None and not worker.stop(STOP_S):
            self._stuck.append(worker)
            self._on_error(
                'watchdog', WatchdogError(f'{_where(worker)} does not end: left behind')
            )

    def put_frame(self, make_frame: MakeFrame) -> bool:
        """Offer a frame; whether one was dropped for it, or it was."""
        worker = self._worker
        return worker.put_frame(make_frame) if worker else True

    def put_audio(self, chunk: AudioChunk) -> None:
        """Store sound."""
        worker = self._worker
        if worker is not None:
            worker.put_audio(chunk)

    def apply(self, config: PipelineConfig) -> None:
        """Have settings that can change live taken over.

        Raises ConfigError where a plugin cannot be built; then everything stays as it is.
        """
        worker = self._worker
        if worker is not None:
            worker.apply(config)
        else:
            self._pipeline.prepare(config)
        self._config = config

    def limit(self, budget: BudgetConfig, watchdog: WatchdogConfig) -> None:
        """Take over other settings of the budget and of the watchdog."""
        self._budget, self._watchdog = budget, watchdog
        worker = self._worker
        if worker is not None:
            worker.limit(budget)

    def check(self) -> None:
        """Replace a worker that hangs, or that ended; take note of those that came back."""
        with self._lock:
            if self._stopped:
                return
            self._forget_returned()
            error = self._leave_behind()
            may_start = len(self._stuck) < MOST_STUCK and self._clock() >= self._retry_s
            if self._worker is None and may_start and not self._loading:
                self._loading = True
                threading.Thread(target=self._replace, name='loader', daemon=True).start()
        if error is not None:
            self._on_error('watchdog', error)

    def _forget_returned(self) -> None:
        self._stuck[:] = [worker for worker in self._stuck if worker.running]

    def _leave_behind(self) -> WatchdogError | None:
        """The worker, if it hangs or ended; what is to be said of it."""
        worker = self._worker
        if worker is None or (worker.running and worker.busy_s < self._watchdog.timeout):
            return None
        what = f'hangs for {worker.busy_s:.0f} s' if worker.running else 'ended'
        self._hangs, self._hung_in = self._hangs + 1, worker.stage or 'unknown'
        where = _where(worker)
        worker.abandon()
        self._stuck.append(worker)
        self._worker = None
        if len(self._stuck) < MOST_STUCK:
            return WatchdogError(f'{where} {what}; it is replaced')
        return WatchdogError(
            f'{where} {what}; no other is started until one of {MOST_STUCK} returns'
        )

    def _replace(self) -> None:
        """Runs in a thread of its own, because loading takes seconds."""
        try:
            pipeline = self._load(self._config)
        except Exception as error:  # a plugin may fail in any way
            with self._lock:
                self._loading = False
                self._retry_s = self._clock() + self._watchdog.timeout
            self._on_error('watchdog', error)
            return
        with self._lock:
            self._loading = False
            if self._stopped:
                return
            self._pipeline = pipeline
            self._begin(pipeline)
        self._catch_up(pipeline)

    def _begin(self, pipeline: EmotionPipeline) -> None:
        self._worker = LiveWorker(
            pipeline, self._on_result, self._on_error, self._clock, self._budget
        )
        self._worker.start()

    def _catch_up(self, pipeline: EmotionPipeline) -> None:
        """Take over settings that changed while the pipeline was loading."""
        if pipeline.config is not self._config:
            try:
                self.apply(self._config)
            except ValueError as error:
                self._on_error('watchdog', error)


def _where(worker: LiveWorker) -> str:
    return f'the worker, in stage {worker.stage or "unknown"},'
