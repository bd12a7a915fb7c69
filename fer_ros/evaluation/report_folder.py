"""The folder of a report: filled while recordings come in, so that nothing finished is lost."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from fer_ros.closing import Closing
from fer_ros.evaluation import table, timing
from fer_ros.evaluation.assembly import assemble
from fer_ros.evaluation.durations import Durations
from fer_ros.evaluation.mistakes import Pictured, worst_of
from fer_ros.evaluation.replay import Outcome
from fer_ros.evaluation.results import (
    ESTIMATE_COLUMNS,
    ESTIMATES,
    MISTAKES,
    RESULTS,
    SOUND,
    SOUND_COLUMNS,
    Evaluation,
    Failure,
    Mistake,
    Recording,
    to_json,
)
from fer_ros.evaluation.scoring import Unit
from fer_ros.writing import naming, write_bytes, write_text

SHOWN_MISTAKES = 24


class ReportFolderError(ValueError):
    """A place where no report can be written."""


class ReportFolder(Closing):
    """Takes outcomes in the order of the recordings; finish() writes the rest.

    Use it in a ``with`` statement.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the folder; an earlier report in it is replaced.

        Raises ReportFolderError for a folder with anything else in it.
        """
        self.path = folder
        self._clear()
        self._begin_s = time.perf_counter()
        self._recordings: dict[str, tuple[Recording, Durations]] = {}
        self.units: list[Unit] = []
        """The stretches of each recording."""
        self._failures: list[Failure] = []
        self._mistakes: list[Pictured] = []
        self._facts: dict[str, str] = {}
        with ExitStack() as opened:
            self._estimates = opened.enter_context(self._table(ESTIMATES, ESTIMATE_COLUMNS))
            self._sound = opened.enter_context(self._table(SOUND, SOUND_COLUMNS))
            self._opened = opened.pop_all()

    def add(self, outcome: Outcome | Failure) -> None:
        """Write down what came of the next recording."""
        if isinstance(outcome, Failure):
            self._failures.append(outcome)
            return
        name = outcome.recording.name
        self._recordings[name] = outcome.recording, outcome.durations
        self.units.append(outcome.stretches)
        self._facts = outcome.facts
        self._mistakes = worst_of([*self._mistakes, *outcome.mistakes], SHOWN_MISTAKES)
        with naming(self.path / ESTIMATES):
            self._estimates.write(outcome.estimates)
            self._estimates.flush()
        with naming(self.path / SOUND):
            rows = csv.writer(self._sound, lineterminator='\n')
            rows.writerows((name, f'{at:.1f}', f'{level:.1f}') for at, level in outcome.levels)
            self._sound.flush()

    def finish(self, settings: Mapping[str, Any], workers: int, complete: bool) -> Evaluation:
        """Write all that is about all recordings, and return it."""
        evaluation = assemble(
            settings,
            self._facts,
            [recording for recording, _ in self._recordings.values()],
            self.units,
            self._written_mistakes(),
            self._failures,
            complete,
        )
        with naming(self.path / ESTIMATES):
            table.write_parquet(self.path / ESTIMATES)
        wall_s = time.perf_counter() - self._begin_s
        write_text(
            self.path / timing.TIMING, to_json(timing.timing(self._recordings, wall_s, workers))
        )
        write_text(self.path / RESULTS, to_json(evaluation))
        return evaluation

    def _clear(self) -> None:
        if self.path.exists():
            if not self.path.is_dir():
                raise ReportFolderError(f'{self.path} is a file; a report is a folder')
            if any(self.path.iterdir()) and not (self.path / ESTIMATES).is_file():
                raise ReportFolderError(
                    f'{self.path} is not empty and no report, so nothing is written into it'
                )
            for path in self.path.iterdir():
                shutil.rmtree(path) if path.name == MISTAKES else path.unlink()
        self.path.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def _table(self, name: str, columns: tuple[str, ...]) -> Iterator[TextIO]:
        path = self.path / name
        with naming(path), path.open('w', encoding='utf-8', newline='') as file:
            csv.writer(file, lineterminator='\n').writerow(columns)
            file.flush()
            yield file

    def _written_mistakes(self) -> list[Mistake]:
        written = []
        for number, pictured in enumerate(self._mistakes, 1):
            mistake = pictured.mistake
            if pictured.picture is not None:
                name = f'{MISTAKES}/{number:02}.jpg'
                (self.path / MISTAKES).mkdir(exist_ok=True)
                write_bytes(self.path / name, pictured.picture)
                mistake = replace(mistake, picture=name)
            written.append(mistake)
        return written
