"""The pipeline stage by stage, and the floor that the machine sets for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fer_ros.benchmarks.floor import Rates, model_multiply_adds, yunet_multiply_adds
from fer_ros.benchmarks.machine import Machine
from fer_ros.benchmarks.messages import JPEG
from fer_ros.benchmarks.peer import PeerResult
from fer_ros.benchmarks.processes import Usage
from fer_ros.benchmarks.spread import Spread, spread
from fer_ros.benchmarks.stream import Case, Record
from fer_ros.pipeline import PipelineConfig

STAGES = (
    *('decode', 'window', 'detect', 'track', 'mouth', 'crop', 'face_net'),
    *('vad', 'voice_features', 'voice_net', 'speaker', 'sync', 'fuse', 'smooth', 'encode'),
)
"""In the order in which they run; others are listed behind them."""
REST = 'rest'
"""What is in a frame's time but in no stage."""
_RGB = 3


@dataclass(frozen=True)
class StageResult:
    """One stage."""

    time: Spread
    """Of the frames in which it ran."""
    share: float
    """Of the time of all frames."""
    floor_ms: float | None
    """What the machine allows for one run; None where that is not known."""


@dataclass(frozen=True)
class CaseResult:
    """One stream."""

    case: Case
    found: float
    """Faces in a frame, on average."""
    face_px: float
    """Median of the shorter edges of their boxes; 0 where no face was found."""
    frame: Spread
    """From the message to the messages."""
    cpu_ms: float
    """Of processor for a frame, all threads together, on average."""
    cpu_share: float
    """Seconds of processor for each second of the stream: 1 is one core."""
    stages: dict[str, StageResult]
    usage: Usage
    """Of this process at the end, with the made-up stream in it."""
    peers: list[PeerResult]
    """Other packages on the same pictures."""

    @property
    def warning(self) -> str:
        """What to say where other faces were found than were there; '' else."""
        if round(self.found) == self.case.faces:
            return ''
        return f'warning: {self.case.name}: {self.found:.1f} faces were found in a frame'


@dataclass(frozen=True)
class PipelineRun:
    """All that was measured in one go."""

    machine: Machine
    threads: int
    """Of the networks."""
    facts: dict[str, str]
    """What ran: models, plugins and device."""
    load_s: float
    """Of models and libraries."""
    first_frame_ms: float
    """The very first one after loading."""
    encoded: bool
    """Whether messages were made of the results, for which ROS must be there."""
    rates: Rates
    multiply_adds: dict[str, int]
    """Of one face or one window of sound, by stage."""
    cases: list[CaseResult]

    @property
    def warnings(self) -> list[str]:
        """What makes the numbers worth less."""
        told = [self.machine.warning, *(result.warning for result in self.cases)]
        if not self.encoded:
            told.append('no stage encode: it needs ROS 2 (source setup.bash)')
        return [warning for warning in told if warning]


def summed_up(
    case: Case,
    record: Record,
    used: Usage,
    floors_ms: Mapping[str, float],
    peers: Sequence[PeerResult] = (),
) -> CaseResult:
    """What a stream came to; ``floors_ms`` are those of its stages, as far as they are known."""
    total_ns = sum(record.frame_ns)
    known = [name for name in STAGES if name in record.stage_ns]
    others = [name for name in record.stage_ns if name not in STAGES]
    stages = {
        name: StageResult(
            spread(record.stage_ns[name]),
            sum(record.stage_ns[name]) / total_ns,
            floors_ms.get(name),
        )
        for name in known + others
    }
    rest_ns = total_ns - sum(sum(spent) for spent in record.stage_ns.values())
    count = len(record.frame_ns)
    stages[REST] = StageResult(spread([rest_ns // count]), rest_ns / total_ns, None)
    return CaseResult(
        case,
        sum(record.faces) / count,
        float(np.median(record.edges)) if record.edges else 0.0,
        spread(record.frame_ns),
        record.cpu_ns / 1e6 / count,
        record.cpu_ns / 1e9 * case.fps / count,
        stages,
        used,
        list(peers),
    )


class Floors:
    """What the machine allows for the stages that compute or copy."""

    def __init__(self, config: PipelineConfig, rates: Rates) -> None:
        self.rates = rates
        models = {
            'face_net': ('face_backbone', config.face.model, config.face.enabled),
            'voice_net': ('audio_backbone', config.voice.model, config.voice.enabled),
        }
        self.multiply_adds = {
            stage: count
            for stage, (kind, name, enabled) in models.items()
            if enabled and (count := model_multiply_adds(kind, name)) is not None
        }
        """Of one face or one window of sound, by stage."""
        self._most_read = config.face.reads_per_frame
        detector = config.face.detector
        self._detector = detector.config if detector.plugin == 'yunet' else None

    def of(self, case: Case) -> dict[str, float]:
        """Milliseconds by stage."""
        read = min(case.faces, self._most_read)
        counts = {
            stage: count * (read if stage == 'face_net' else 1)
            for stage, count in self.multiply_adds.items()
        }
        if self._detector is not None:
            searched = yunet_multiply_adds(self._detector, case.width, case.height)
            counts |= {} if searched is None else {'detect': searched}
        floors = {stage: 1e3 * count / self.rates.multiply_adds for stage, count in counts.items()}
        if case.encoding != JPEG:
            floors['decode'] = 1e3 * self._decoded_bytes(case) / self.rates.bytes
        return floors

    @staticmethod
    def _decoded_bytes(case: Case) -> int:
        """Read and written; what is RGB already needs no copy."""
        given = {'rgb8': 0, 'bgr8': _RGB + _RGB, 'yuyv': 2 + _RGB, 'mono8': 1 + _RGB}
        return case.width * case.height * given[case.encoding]
