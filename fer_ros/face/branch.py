"""The face branch as one step: a frame in, tracked faces with their features out."""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros import plugins
from fer_ros.ageing import AgeingConfig
from fer_ros.answers import check_faces
from fer_ros.config import Chosen, group, setting, slot
from fer_ros.face.align import crop_faces
from fer_ros.face.mouth import MouthMeter
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.face.quality import crop_quality
from fer_ros.face.tracking import Tracker, TrackingConfig
from fer_ros.face.turns import Turns
from fer_ros.models import LoadBackbone, load_backbone
from fer_ros.precision import precision_of
from fer_ros.protocols import FaceBackbone, FaceDetector
from fer_ros.stages import Stages
from fer_ros.types import NS_PER_S, Face, Features, Frame, read_only


@dataclass(frozen=True)
class FaceConfig:
    """Settings of the face branch."""

    enabled: bool = setting(True, 'Whether faces are looked for')
    model: str = setting('face_ferplus', 'Model that reads expressions: a name or a folder')
    detector: Chosen = slot('face_detector', 'yunet', 'Finds faces in a frame')
    detection_interval: float = setting(
        0.1,
        'Time between detections; frames between them are tracked',
        unit='s',
        ge=0.0,
        live=True,
    )
    max_faces: int = setting(16, 'Faces read at most, best first', ge=1, le=256, live=True)
    reads_per_frame: int = setting(
        4,
        'Faces whose expression is read in one frame; in a larger group they take turns',
        ge=1,
        le=256,
        live=True,
    )
    tracking: TrackingConfig = group(TrackingConfig)
    ageing: AgeingConfig = group(AgeingConfig)


class FaceBranch:
    """Detects, tracks, aligns and reads the faces of consecutive frames."""

    def __init__(
        self,
        config: FaceConfig,
        detector: FaceDetector,
        backbone: FaceBackbone,
        stages: Stages,
    ) -> None:
        self._config = config
        self.detector: FaceDetector = detector
        """May be exchanged for one that finds the same."""
        self._backbone = backbone
        self._stages = stages
        self._tracker = Tracker(config.tracking)
        self._turns = Turns()
        self._meter = MouthMeter()
        self.mouths = MouthHistory()
        """How the mouths of the tracked faces moved in the last seconds."""
        self._detected_ns: int | None = None

    @classmethod
    def load(
        cls,
        config: FaceConfig,
        device: str,
        stages: Stages,
        threads: int = 1,
        precision: str = 'auto',
        load: LoadBackbone = load_backbone,
    ) -> FaceBranch:
        """The branch with the detector and the model that the settings name."""
        detector = plugins.build('face_detector', config.detector)
        backbone = load('face_backbone', config.model, device, threads, precision)
        return cls(config, detector, backbone, stages)

    @property
    def precision(self) -> str:
        """What the network computes in, '' for one that offers no choice."""
        return precision_of(self._backbone)

    def apply(self, config: FaceConfig) -> None:
        """Take over settings that can change live."""
        self._config = config
        self._tracker.config = config.tracking

    def reset(self) -> None:
        """Forget all faces, as when time jumps back."""
        self._tracker.reset()
        self._turns.clear()
        self._meter.reset()
        self.mouths.clear()
        self._detected_ns = None

    def process(self, frame: Frame) -> list[tuple[Face, Features]]:
        """The faces that are tracked in a frame, each with its newest features."""
        faces = self._find(frame)[: self._config.max_faces]
        read = self._turns.choose(faces, self._config.reads_per_frame)
        with self._stages.stage('mouth'):
            self.mouths.add(self._meter.measure(frame, faces))
        with self._stages.stage('crop'):
            crops = crop_faces(
                frame.image,
                read,
                self._backbone.crop_size,
                self._backbone.crop_margin,
                self._backbone.crop_eyes,
            )
            qualities = [crop_quality(crop, face) for crop, face in zip(crops, read, strict=True)]
        with self._stages.stage('face_net'):
            embeddings, logits = self._backbone.infer(crops)
        for face, embedding, row, quality in zip(read, embeddings, logits, qualities, strict=True):
            features = Features(frame.stamp_ns, read_only(embedding), read_only(row), quality)
            self._turns.note(face, features)
        return self._turns.known(faces)

    def _find(self, frame: Frame) -> list[Face]:
        if not self._due(frame.stamp_ns):
            with self._stages.stage('track'):
                return self._tracker.predict(frame.stamp_ns)
        with self._stages.stage('detect'):
            found = self.detector.detect(frame.image)
            check_faces(found)
        self._detected_ns = frame.stamp_ns
        with self._stages.stage('track'):
            return self._tracker.update(frame.stamp_ns, found)

    def _due(self, stamp_ns: int) -> bool:
        if self._detected_ns is None:
            return True
        return stamp_ns - self._detected_ns >= self._config.detection_interval * NS_PER_S
