"""Evaluates many recordings: here, in processes of this machine, or on a Dask cluster.

Each recording is evaluated by one thread from its beginning to its end, so it does not matter
where and beside which others: the results are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from typing import Any

from fer_ros import interrupts
from fer_ros.evaluation.replay import Outcome, Progress, Replayer, Task
from fer_ros.evaluation.results import Failure
from fer_ros.pipeline import PipelineConfig

Finished = tuple[int, Outcome | Failure]
"""The number of a task and what came of it."""

CONNECT_S = 10.0
"""How long to wait for a cluster's scheduler."""

_local = threading.local()


class WorkerError(RuntimeError):
    """Workers that cannot be had, or that ended."""


def in_process(
    config: PipelineConfig, tasks: Sequence[Task], progress: Progress
) -> Generator[Finished, None, None]:
    """One recording after the other, here."""
    replayer = Replayer(single_threaded(config))
    for number, task in enumerate(tasks):
        yield number, replayer.replay(task, progress)


def in_processes(
    config: PipelineConfig, tasks: Sequence[Task], workers: int
) -> Generator[Finished, None, None]:
    """In so many processes, in the order in which they finish.

    Raises WorkerError where a process ends, as when memory runs out.
    """
    others = active_children()
    executor = ProcessPoolExecutor(workers, get_context('spawn'))
    try:
        with interrupts.waiting():
            futures = {
                executor.submit(evaluate, single_threaded(config), task): number
                for number, task in enumerate(tasks)
            }
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    except BrokenProcessPool as error:
        raise WorkerError('a worker ended, perhaps for want of memory') from error
    finally:
        _end(executor, others)


def on_cluster(
    config: PipelineConfig, tasks: Sequence[Task], address: str
) -> Generator[Finished, None, None]:
    """On a Dask cluster, in the order in which they finish; lost workers are made up for.

    The recordings must be at the same paths there.  Raises WorkerError where there is no cluster.
    """
    dask = _distributed()
    try:
        client = dask.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(f'no Dask cluster at {address}: {error}') from error
    with client:
        futures = {
            client.submit(evaluate, single_threaded(config), task, pure=False): number
            for number, task in enumerate(tasks)
        }
        for future in dask.as_completed(futures, loop=client.loop):
            number = futures.pop(future)
            yield number, _result(future, tasks[number])
            future.release()  # the cluster need not keep it any longer


def evaluate(config: PipelineConfig, task: Task) -> Outcome | Failure:
    """One recording in a worker, whose models are loaded once for each of its threads."""
    replayer: Replayer | None = getattr(_local, 'replayer', None)
    if replayer is None or _local.config != config:
        replayer = _local.replayer = Replayer(config)
        _local.config = config
    return replayer.replay(task)


def single_threaded(config: PipelineConfig) -> PipelineConfig:
    """How many threads add up a sum changes its last bits."""
    return replace(config, threads=1)


def _end(executor: ProcessPoolExecutor, others: Collection[BaseProcess]) -> None:
    """At once, whatever the processes are doing."""
    executor.shutdown(wait=False, cancel_futures=True)
    for process in active_children():
        if process not in others:
            process.terminate()


def _result(future: Any, task: Task) -> Outcome | Failure:
    try:
        outcome: Outcome | Failure = future.result()
    except _distributed().KilledWorker as error:
        return Failure(task.source.name, f'every worker that evaluated it ended: {error}')
    return outcome


def _distributed() -> Any:
    """Dask's part for clusters, which few need and nobody else loads."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise WorkerError(
            "a cluster needs the Python package distributed: pip install '.[cluster]'"
        ) from error
    return distributed
