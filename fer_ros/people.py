"""Who is there at a moment, and how each of them seems to feel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fer_ros.ageing import AgeingConfig, fuse_aged
from fer_ros.answers import check_fused, check_probabilities
from fer_ros.focus import Focus, FocusConfig
from fer_ros.labels import LABELS, softmax
from fer_ros.memory import Memory, PersonId
from fer_ros.protocols import Fusion, Smoothing
from fer_ros.smoothing.steady import LabelConfig, Steadiness
from fer_ros.stages import Stages
from fer_ros.types import FACE, VOICE, Estimate, Face, Features, FloatArray, Fused, Modality
from fer_ros.valence_arousal import valence_arousal

ChooseSpeaker = Callable[[Sequence[int], int | None], int | None]
"""Of the tracks that are there, and the one in focus: the one whose voice is heard."""


@dataclass(frozen=True, eq=False)
class Person:
    """What is known of one person at one moment."""

    face: Face | None
    """The face in the newest frame; None for who is not seen there."""
    fused: Estimate
    """From all that still counts."""
    alone: Mapping[Modality, Estimate]
    """What each modality that was seen at this very moment says for itself."""


class People:
    """Keeps people apart, remembers what was seen of each, and fuses and smooths it."""

    def __init__(
        self,
        fusion: Fusion,
        smoothing: Smoothing,
        ageing: Mapping[Modality, AgeingConfig],
        label: LabelConfig,
        focus: FocusConfig,
        choose_speaker: ChooseSpeaker,
        stages: Stages,
        report: Callable[[str, Exception], None],
    ) -> None:
        """``report`` hears of a failed fusion, which then gives nobody, or a failed smoothing."""
        self._memory = Memory(ageing)
        self._steady = Steadiness(smoothing, label)
        self._focus = Focus(focus)
        self._choose_speaker = choose_speaker
        self._fusion = fusion
        self._stages = stages
        self._report = report
        self._faces: list[Face] = []
        """Those of the newest frame."""
        self.speaker: PersonId = None
        """The track whose voice is heard now; None for nobody, or for a voice without a face."""

    def apply(
        self,
        fusion: Fusion,
        smoothing: Smoothing,
        ageing: Mapping[Modality, AgeingConfig],
        label: LabelConfig,
        focus: FocusConfig,
    ) -> None:
        """Take over other settings; nobody is forgotten."""
        self._fusion = fusion
        self._memory.ageing = ageing
        self._steady.apply(smoothing, label)
        self._focus.config = focus

    def reset(self) -> None:
        """Forget everybody, as when time jumps back."""
        self._memory.clear()
        self._steady.clear()
        self._focus = Focus(self._focus.config)
        self._faces = []
        self.speaker = None

    def update(
        self,
        now_ns: int,
        faces: Sequence[tuple[Face, Features]] | None,
        voice: Features | None,
    ) -> list[Person]:
        """The people of one moment, the one in focus first.

        ``faces`` are those of a new frame, None where there is no new frame: then those of the
        last one are taken to be there still, as long as they count.  A voice alone is a person
        too: the one who was in focus, as long as that face counts.
        """
        if faces is not None:
            self._faces = [face for face, _ in faces]
            for face, features in faces:
                self._memory.note(face.track_id, FACE, features, now_ns)
        present = [face for face in self._faces if self._remembers(face.track_id, now_ns)]
        focus = self._focus.choose(present)
        listed: list[tuple[PersonId, Face | None]] = [
            (face.track_id, face) for face in sorted(present, key=lambda face: face is not focus)
        ]
        self.speaker = None
        if voice:
            self.speaker = self._speaker(present, now_ns)
            self._memory.note(self.speaker, VOICE, voice, now_ns)
            listed = listed or [(self.speaker, None)]
        people = [self._person(track_id, face, now_ns) for track_id, face in listed]
        return [person for person in people if person]

    def _speaker(self, present: Sequence[Face], now_ns: int) -> PersonId:
        """Whose voice it is, of who is there; else that of who was in focus until now."""
        track_id = self._focus.track_id
        focus = track_id if self._remembers(track_id, now_ns) else None
        tracks = [face.track_id for face in present if face.track_id is not None]
        return self._choose_speaker(tracks, focus)

    def _remembers(self, track_id: PersonId, now_ns: int) -> bool:
        """Whether the face still counts."""
        return self._memory.has(track_id, FACE, now_ns)

    def _person(self, track_id: PersonId, face: Face | None, now_ns: int) -> Person | None:
        known = self._memory.recall(track_id, now_ns, self._fusion.memory_s)
        try:
            with self._stages.stage('fuse'):
                fused = fuse_aged(self._fusion, known.evidence, known.validity)
            check_fused(fused)
        except Exception as error:  # a plugin may fail in any way
            self._report('fusion', error)
            return None
        newest = {name: track[-1] for name, track in known.evidence.items()}
        stamp_ns = max(features.stamp_ns for features in newest.values())
        alone = {
            name: self._smooth(
                (track_id, name),
                newest[name].stamp_ns,
                Fused(softmax(newest[name].logits), {name: 1.0}),
            )
            for name in known.fresh
        }
        return Person(face, self._smooth((track_id, ''), stamp_ns, fused), alone)

    def _smooth(self, key: tuple[PersonId, Modality], stamp_ns: int, fused: Fused) -> Estimate:
        label, probabilities = self._steadied(key, stamp_ns, fused.probabilities)
        told = self._steady.config.valence_arousal
        valence, arousal = valence_arousal(probabilities) if told else (None, None)
        return Estimate(
            stamp_ns, label, probabilities, fused.weights, valence, arousal, track_id=key[0]
        )

    def _steadied(
        self, key: tuple[PersonId, Modality], stamp_ns: int, probabilities: FloatArray
    ) -> tuple[str, FloatArray]:
        """The steady label and the smoothed probabilities; as they are where smoothing fails."""
        try:
            with self._stages.stage('smooth'):
                steadied = self._steady.update(key, stamp_ns, probabilities)
            check_probabilities(steadied.probabilities)
        except Exception as error:  # a plugin may fail in any way
            self._report('smoothing', error)
            self._steady.forget(key)
            return LABELS[int(probabilities.argmax())], probabilities
        return LABELS[steadied.label], steadied.probabilities
