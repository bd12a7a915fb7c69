"""What fer-ros predict does with one file: samples in, one prediction for each estimate out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_ros.drive import Scenes
from fer_ros.face.align import resized
from fer_ros.labels import LABELS
from fer_ros.models import load_backbone
from fer_ros.people import Person
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, load_fusion
from fer_ros.types import FACE, NS_PER_S, AudioChunk, Face, Features, Frame

Samples = Iterable[Frame | AudioChunk]


@dataclass(frozen=True)
class Prediction:
    """One estimate, as people and scripts read it."""

    file: str
    time: float
    """Seconds in the file."""
    face: tuple[int, int, int, int] | None
    """x, y, w, h in pixels; None for a voice without a face, or for a crop."""
    track: int | None
    label: str
    """'' where nobody was found in the whole file."""
    confidence: float
    probabilities: dict[str, float]
    weights: dict[str, float]
    """Modality -> how much it counted."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The modalities that it was read from."""
        return tuple(sorted(self.weights))


Predict = Callable[[Path, Samples], Iterator[Prediction]]


def nobody(path: Path) -> Prediction:
    """What is said of a file in which nobody was found: everything is there, and empty."""
    return Prediction(str(path), 0.0, None, None, '', 0.0, dict.fromkeys(LABELS, 0.0), {})


class WholeScenes:
    """Looks for faces and voices, as the nodes do."""

    def __init__(self, pipeline: EmotionPipeline) -> None:
        self._scenes = Scenes(pipeline)

    def __call__(self, path: Path, samples: Samples) -> Iterator[Prediction]:
        """The predictions of a file; faces are numbered from 0 in each.

        A voice without a face is given once, when it is read.
        """
        tracks: dict[int | None, int | None] = {None: None}
        voice_ns = None
        for result in self._scenes.results(samples):
            for person in result.people:
                if person.face is None:
                    if person.fused.stamp_ns == voice_ns:
                        continue
                    voice_ns = person.fused.stamp_ns
                track = tracks.setdefault(person.fused.track_id, len(tracks) - 1)
                yield _of_person(path, person, track)


class FaceCrops:
    """Takes every picture as the crop of one face: resized to the model's size, nothing else."""

    def __init__(self, config: PipelineConfig) -> None:
        self._backbone = load_backbone(
            'face_backbone',
            config.face.model,
            config.device,
            config.threads,
            config.precision,
        )
        self._fusion = load_fusion(config.fusion)

    def __call__(self, path: Path, samples: Samples) -> Iterator[Prediction]:
        """The prediction for each picture of a file; sound is passed over."""
        for sample in samples:
            if isinstance(sample, Frame):
                yield self._predict(path, sample)

    def _predict(self, path: Path, frame: Frame) -> Prediction:
        crop = resized(frame.image, self._backbone.crop_size)
        embeddings, logits = self._backbone.infer(crop[None])
        features = Features(frame.stamp_ns, embeddings[0], logits[0], quality=1.0)
        probabilities = self._fusion.fuse({FACE: (features,)}).probabilities
        best = int(probabilities.argmax())
        return Prediction(
            str(path),
            frame.stamp_ns / NS_PER_S,
            None,
            None,
            LABELS[best],
            float(probabilities[best]),
            dict(zip(LABELS, probabilities.tolist(), strict=True)),
            {FACE: 1.0},
        )


def _of_person(path: Path, person: Person, track: int | None) -> Prediction:
    fused = person.fused
    return Prediction(
        str(path),
        fused.stamp_ns / NS_PER_S,
        _box(person.face) if person.face else None,
        track,
        fused.label,
        fused.confidence,
        dict(zip(LABELS, fused.probabilities.tolist(), strict=True)),
        dict(sorted(fused.weights.items())),
    )


def _box(face: Face) -> tuple[int, int, int, int]:
    return round(face.x), round(face.y), round(face.w), round(face.h)
