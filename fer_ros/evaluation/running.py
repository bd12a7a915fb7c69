"""From recordings to a report: who evaluates what, and what is kept when that is stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fer_ros.config import dump
from fer_ros.evaluation import page, workers
from fer_ros.evaluation.label_files import LabelFile
from fer_ros.evaluation.recordings import Source
from fer_ros.evaluation.replay import Outcome, Progress, Task
from fer_ros.evaluation.report_folder import ReportFolder
from fer_ros.evaluation.results import Evaluation, Failure
from fer_ros.evaluation.scoring import Unit
from fer_ros.evaluation.truth import Stretch
from fer_ros.evaluation.workers import Finished
from fer_ros.perception_config import PerceptionConfig

LABELS_ENDING = '.labels.csv'

OnOutcome = Callable[[Outcome | Failure], None]


@dataclass(frozen=True)
class Means:
    """What evaluates: this process, others beside it, or a cluster."""

    processes: int = 1
    cluster: str | None = None
    """Address of a Dask scheduler."""

    def finished(
        self, config: PerceptionConfig, tasks: Sequence[Task], progress: Progress
    ) -> Generator[Finished, None, None]:
        """Outcomes as they come; ``progress`` hears of the seconds evaluated in this process."""
        if self.cluster is not None:
            return workers.on_cluster(config, tasks, self.cluster)
        if self.processes > 1:
            return workers.in_processes(config, tasks, self.processes)
        return workers.in_process(config, tasks, progress)


def assign_labels(sources: Sequence[Source], files: Iterable[Path]) -> list[Task]:
    """Recordings with the labels of some files.

    Without files the labels of a recording are those in RECORDING.labels.csv beside it, as
    ``fer-ros bag annotate`` writes it, else those that it brings itself.  Raises LabelFileError.
    """
    tables = [LabelFile.read(path) for path in files]
    names = [source.name for source in sources]
    assigned = [table.assign(names) for table in tables]
    if not assigned:
        return [Task(source, _labels_beside(source)) for source in sources]
    return [
        Task(source, [stretch for table in assigned for stretch in table.get(source.name, ())])
        for source in sources
    ]


def _labels_beside(source: Source) -> Sequence[Stretch] | None:
    path = source.path.with_name(f'{source.path.name}{LABELS_ENDING}')
    if not path.is_file():
        return None
    return LabelFile.read(path).assign([source.name]).get(source.name, [])


def evaluate(
    config: PerceptionConfig,
    tasks: Sequence[Task],
    folder: Path,
    means: Means,
    progress: Progress,
    on_outcome: OnOutcome,
) -> tuple[Evaluation, list[Unit]]:
    """Evaluate recordings into a report's folder; the report, and the sums it is made from.

    Whatever stops it, also Ctrl-C, the report of what was finished is written before that goes
    on.  Raises ReportFolderError and WorkerError.
    """
    with ReportFolder(folder) as report:
        is_complete = False
        try:
            with closing(means.finished(config, tasks, progress)) as finished:
                for outcome in in_turn(finished):
                    report.add(outcome)
                    on_outcome(outcome)
            is_complete = True
        finally:
            evaluation = report.finish(dump(config), means.processes, is_complete)
            page.write_page(folder)
        return evaluation, report.units


def in_turn(finished: Iterator[Finished]) -> Iterator[Outcome | Failure]:
    """Outcomes in the order of their numbers.

    When it is stopped, those that wait for an earlier one still come.
    """
    waiting: dict[int, Outcome | Failure] = {}
    following = 0
    stopped: BaseException | None = None
    try:
        for number, outcome in finished:
            waiting[number] = outcome
            while following in waiting:
                yield waiting.pop(following)
                following += 1
    except (Exception, KeyboardInterrupt) as error:
        stopped = error
    yield from (waiting[number] for number in sorted(waiting))
    if stopped is not None:
        raise stopped
