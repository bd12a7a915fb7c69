"""One recording that is being labelled: its material, which takes a while, and its labels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_ros.annotation.labels import Labels
from fer_ros.annotation.material import Material, Progress
from fer_ros.evaluation.page_colours import COLOURS, text_on
from fer_ros.labels import LABELS

Prepare = Callable[[Progress], tuple[Material, Path]]
"""Makes the material and the film."""


class NotReadyError(RuntimeError):
    """The material is not there yet."""


class _StoppedError(RuntimeError):
    """Nobody wants the material any more."""


class Session:
    """What the server serves.  May be used from several threads."""

    def __init__(self, name: str, labels_path: Path, track: int | None, prepare: Prepare) -> None:
        self.name = name
        self._labels_path = labels_path
        self._track = track
        self._prepare = prepare
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._progress = 0.0
        self._error = ''
        self._ready: tuple[Material, Path, Labels] | None = None

    def start(self) -> threading.Thread:
        """Prepare in the background."""
        thread = threading.Thread(target=self._run, name='prepare', daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Have the preparation end soon, if it still runs, leaving nothing behind."""
        self._stopped.set()

    @property
    def film(self) -> Path:
        """The film.  Raises NotReadyError."""
        return self._prepared()[1]

    def content(self) -> dict[str, Any]:
        """What the page shows, or how far the preparation is, or why it failed."""
        with self._lock:
            common: dict[str, Any] = {
                'name': self.name,
                'progress': round(self._progress, 3),
                'error': self._error,
                'ready': self._ready is not None,
            }
            if self._ready is None:
                return common
            material, _, labels = self._ready
            return {
                **common,
                **asdict(material),
                'labels': [[label, COLOURS[label], text_on(COLOURS[label])] for label in LABELS],
                'track': self._track,
                'file': labels.path.name,
                'version': labels.version,
                'intervals': [asdict(interval) for interval in labels.intervals],
            }

    def save(self, content: Any, version: Any) -> int:
        """Take over labels and return their version.  Raises NotReadyError and LabelsError."""
        labels = self._prepared()[2]
        with self._lock:
            labels.replace(content, version)
            return labels.version

    def _prepared(self) -> tuple[Material, Path, Labels]:
        with self._lock:
            if self._ready is None:
                raise NotReadyError('the recording is still being prepared')
            return self._ready

    def _run(self) -> None:
        try:
            material, film = self._prepare(self._on_progress)
            labels = Labels(self._labels_path, material.seconds, self._track)
        except Exception as error:
            with self._lock:
                self._error = f'{error}' or type(error).__name__
            if not isinstance(error, (ValueError, OSError, RuntimeError)):
                raise
            return
        with self._lock:
            self._ready = (material, film, labels)

    def _on_progress(self, share: float) -> None:
        if self._stopped.is_set():
            raise _StoppedError
        with self._lock:
            self._progress = share
