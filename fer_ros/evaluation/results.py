"""What an evaluation leaves behind: the schema of its report folder.

``results.json`` holds an Evaluation as plain JSON: the fields of the classes below, in this order.
It contains no times of the clock and no places of this machine, so the same recordings give the
same bytes, however many workers read them.  Beside it lie:

- ``estimates.csv``: one row for each estimate, see ESTIMATE_COLUMNS (``estimates.parquet`` has the
  same columns; it is there where pyarrow is installed)
- ``sound.csv``: recording, time, level (dB of full scale, SOUND_FLOOR_DB for silence), one row for
  each SOUND_STEP_S of sound
- ``mistakes/*.jpg``: pictures of the worst mistakes, named by Mistake.picture
- ``timing.json``: see timing.py; the only file in which two runs differ
- ``comparison.json``: see comparison.py; only where parameter files were compared, each of which
  has such a folder of its own below

All times are seconds since the first sample of a recording.  A number that cannot be computed (no
labels, no such estimates) is null.  ``SCHEMA`` changes when a field changes its meaning or goes; a
reader must pass over fields that it does not know.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fer_ros.labels import LABELS

SCHEMA = 1
RESULTS = 'results.json'
ESTIMATES = 'estimates.csv'
SOUND = 'sound.csv'
MISTAKES = 'mistakes'

FUSED = 'fused'
"""The estimate of all modalities together; the others are named after their modality."""

ESTIMATE_COLUMNS = (
    'recording',
    'time',
    'stamp_ns',
    'track',
    'modality',
    'label',
    'confidence',
    *LABELS,
    'valence',
    'arousal',
    'sources',
    'weights',
    'focus',
    'truth',
    *('x', 'y', 'w', 'h'),
)
"""track: number of the face in this recording, from 0, empty for a voice without a face; sources:
modalities joined by '+', and weights how much each of them counted;
focus: 1 for the person in focus; truth: the label, empty where there is
none; x, y, w, h: pixels, empty without a face."""
SOUND_COLUMNS = ('recording', 'time', 'level')
SOUND_STEP_S = 0.1
SOUND_FLOOR_DB = -80.0


@dataclass(frozen=True)
class ClassScores:
    """One label."""

    support: int
    """Estimates whose true label it is."""
    answers: int
    """Estimates that say it."""
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram: estimates whose confidence is in [low, high)."""

    low: float
    high: float
    estimates: int
    confidence: float | None
    """Mean confidence."""
    accuracy: float | None
    """Share that is right."""


@dataclass(frozen=True)
class FirstCorrect:
    """How long it takes until a labelled stretch is first read right."""

    segments: int
    never: int
    """Segments that were never read right."""
    median_s: float | None
    """Over the segments that were."""
    worst_s: float | None


@dataclass(frozen=True)
class Agreement:
    """Valence or arousal, where both a label and an estimate has it."""

    estimates: int
    ccc: float | None
    """Lin's concordance correlation coefficient [-1, 1]."""
    rmse: float | None


@dataclass(frozen=True)
class Scores:
    """What the estimates of one modality are worth on a set of labelled stretches."""

    estimates: int
    """How many estimates were compared with a label; each counts once."""
    segments: int
    labelled_s: float
    absent: float | None
    """Share of the labelled time without an estimate."""
    accuracy: float | None
    uar: float | None
    """Unweighted average recall, over the labels that occur."""
    macro_f1: float | None
    calibration_error: float | None
    """Expected calibration error (Guo 2017)."""
    intervals: dict[str, tuple[float, float]]
    """95 % bootstrap intervals of accuracy, uar and macro_f1; empty where there is one unit."""
    flips_per_minute: float | None
    """Changes of the label while the truth stays."""
    first_correct: FirstCorrect
    valence: Agreement
    arousal: Agreement
    classes: dict[str, ClassScores]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are true labels, columns answers, both in the order of Evaluation.labels."""
    reliability: tuple[Bin, ...]


@dataclass(frozen=True)
class Segment:
    """A labelled stretch of a recording."""

    start: float
    end: float
    label: str
    track: int | None
    """The face that is meant; None for the person in focus."""
    group: str | None
    valence: float | None
    arousal: float | None
    first_correct: dict[str, float | None]
    """By modality: seconds after ``start`` of the first right estimate, None if never."""


@dataclass(frozen=True)
class Coverage:
    """Which share of the voice's windows was really heard."""

    windows: int
    mean: float | None
    lowest: float | None
    complete: float | None
    """Share of the windows that are at least 99 % there."""


@dataclass(frozen=True)
class Mistake:
    """A stretch of fused estimates that are wrong and sure."""

    recording: str
    time: float
    """Of the surest estimate in it."""
    track: int | None
    truth: str
    label: str
    confidence: float
    picture: str | None
    """Path below the report's folder; None for a voice without pictures."""


@dataclass(frozen=True)
class Recording:
    """One recording that was evaluated."""

    name: str
    """As it was given, or its path below the folder that was given."""
    kind: str
    """'bag' or 'media'."""
    start_ns: int
    """Stamp of the first sample."""
    seconds: float
    frames: int
    sound_s: float
    people: int
    """Faces that were tracked."""
    labels_from: str | None
    """'file', 'bag', 'folder', or None where it has no labels."""
    labelled_s: float
    unlabelled_s: float
    problems: dict[str, int]
    """What went wrong -> how often: messages that could not be read, failed stages."""
    coverage: Coverage
    segments: tuple[Segment, ...]
    scores: dict[str, Scores]
    """By modality, FUSED first; without intervals.  Empty where it has no labels."""


@dataclass(frozen=True)
class Failure:
    """A recording that could not be evaluated."""

    name: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """All that results.json says."""

    schema: int
    labels: tuple[str, ...]
    settings: dict[str, Any]
    """Parameters of the perception node."""
    models: dict[str, str]
    """What ran: models and plugins."""
    complete: bool
    """False where the run was interrupted: recordings are missing."""
    summary: str
    """One line for people."""
    resampled: str | None
    """What the bootstrap draws: 'recordings' or 'segments'; None without labels."""
    scores: dict[str, Scores]
    """By modality, FUSED first."""
    groups: dict[str, dict[str, Scores]]
    """By group, then by modality."""
    mistakes: tuple[Mistake, ...]
    """The worst first."""
    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...] = field(default=())


def to_json(content: Any) -> str:
    """A dataclass of this package as JSON text: deterministic, and no NaN in it."""
    return json.dumps(asdict(content), indent=1, ensure_ascii=False, allow_nan=False) + '\n'


def read_json(path: Path) -> dict[str, Any]:
    """The plain content of a JSON file of a report."""
    content: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return content
