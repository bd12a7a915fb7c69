"""The pipeline: samples in, estimates out.

The live node, a bag, a file and a data set all drive this same code.  It has no thread and no
ROS, and everything follows from capture times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fer_ros import compute, cores, plugins
from fer_ros.ageing import AgeingConfig
from fer_ros.audio.branch import VoiceBranch, VoiceConfig
from fer_ros.audiovisual import AudioVisual
from fer_ros.av_offset import AvOffset, SyncConfig
from fer_ros.clocks import JUMP_BACK_NS, ClockConfig
from fer_ros.config import Chosen, ConfigError, group, setting, slot
from fer_ros.economy import FULL, Economy
from fer_ros.face.branch import FaceBranch, FaceConfig
from fer_ros.focus import FocusConfig
from fer_ros.fusion.fitted import check_models
from fer_ros.models import LoadBackbone, load_backbone
from fer_ros.people import People, Person
from fer_ros.precision import PRECISIONS
from fer_ros.protocols import Fusion, Smoothing
from fer_ros.senses import Senses
from fer_ros.smoothing.steady import LabelConfig
from fer_ros.speaking import SpeakerConfig
from fer_ros.stages import Stages
from fer_ros.types import (
    FACE,
    VOICE,
    AudioWindow,
    Frame,
    Modality,
)


@dataclass(frozen=True)
class PipelineConfig:
    """All settings of the pipeline."""

    device: str = setting('auto', "Where models run: 'auto', 'cpu', 'cuda' or 'cuda:N'")
    precision: str = setting(
        'auto',
        'What networks in PyTorch compute in; auto: float16 on a GPU where the answers are the '
        'same, else float32. Half precision on the CPU takes a model out of onnxruntime',
        choices=PRECISIONS,
    )
    threads: int = setting(
        1, 'Threads of the networks on the CPU; more than idle cores slow them down', ge=1, le=256
    )
    cores: str = setting(
        '',
        "Cores that a node's worker is bound to and the ROS executor keeps off, as taskset takes "
        "them: '2', '0,2', '0-2'; empty for none",
    )
    clocks: ClockConfig = group(ClockConfig)
    face: FaceConfig = group(FaceConfig)
    voice: VoiceConfig = group(VoiceConfig)
    fusion: Chosen = slot('fusion', 'product', 'Joins face and voice of one person', live=True)
    smoothing: Chosen = slot(
        'smoothing', 'exponential', 'Steadies the probabilities of one person', live=True
    )
    label: LabelConfig = group(LabelConfig)
    focus: FocusConfig = group(FocusConfig)
    speaker: SpeakerConfig = group(SpeakerConfig)
    sync: SyncConfig = group(SyncConfig)

    @property
    def ageing(self) -> dict[Modality, AgeingConfig]:
        """How long the evidence of each modality counts."""
        return {FACE: self.face.ageing, VOICE: self.voice.ageing}

    @property
    def models(self) -> dict[Modality, str]:
        """The model of each modality in use."""
        models = {FACE: self.face.model} if self.face.enabled else {}
        return models | ({VOICE: self.voice.model} if self.voice.enabled else {})


@dataclass(frozen=True, eq=False)
class Setup:
    """Settings, and the plugins they name that can be exchanged while the pipeline runs."""

    config: PipelineConfig
    fusion: Fusion
    smoothing: Smoothing


@dataclass(frozen=True, eq=False)
class Result:
    """What came out of one sample."""

    stamp_ns: int
    frame: Frame | None
    people: tuple[Person, ...]
    """The person in focus first."""
    stage_ns: Mapping[str, int]
    """Nanoseconds spent in each stage."""
    speaker: int | None = None
    """The track whose voice is heard; None for nobody, or for a voice without a face."""
    av_offset: AvOffset | None = None
    """How much later sound is stamped than pictures, as far as it can be told."""

    @property
    def focus(self) -> Person | None:
        """The person the robot attends to."""
        return self.people[0] if self.people else None


class PipelineError(RuntimeError):
    """A stage that failed on one sample."""

    def __init__(self, stage: str, error: Exception) -> None:
        """``stage``: 'face', 'voice', 'fusion' or 'smoothing'."""
        super().__init__(f'{stage}: {error!r}')
        self.stage = stage


class EmotionPipeline:
    """Face branch, voice branch, fusion and smoothing in one step for each sample."""

    def __init__(
        self,
        config: PipelineConfig,
        face: FaceBranch | None,
        voice: VoiceBranch | None,
        fusion: Fusion,
        stages: Stages,
        on_error: Callable[[PipelineError], None] | None = None,
    ) -> None:
        """``on_error`` hears of a failed stage, which then counts as no evidence.

        Without it the error is raised.
        """
        self._senses = Senses(face, voice, self._report)
        self._setup = Setup(config, fusion, plugins.build('smoothing', config.smoothing))
        self._economy = FULL
        self._stages = stages
        self._on_error = on_error
        self._audiovisual = AudioVisual(config.speaker, config.sync)
        self._people = People(
            fusion,
            self._setup.smoothing,
            config.ageing,
            config.label,
            config.focus,
            self._audiovisual.speaker.choose,
            stages,
            self._report,
        )
        self._stamp_ns: int | None = None

    @classmethod
    def load(
        cls,
        config: PipelineConfig,
        on_error: Callable[[PipelineError], None] | None = None,
        load: LoadBackbone = load_backbone,
    ) -> EmotionPipeline:
        """The pipeline with the plugins and models that the settings name.

        ``load`` may give backbones that other pipelines use as well.
        """
        cores.listed(config.cores)  # whoever binds its thread later must not fail
        stages = Stages()
        face, voice = None, None
        if config.face.enabled:
            face = FaceBranch.load(
                config.face, config.device, stages, config.threads, config.precision, load
            )
        if config.voice.enabled:
            voice = VoiceBranch.load(
                config.voice, config.device, stages, config.threads, config.precision, load
            )
        fusion = load_fusion(config.fusion)
        check_models(fusion, config.models)
        compute.use_threads(config.threads)
        return cls(config, face, voice, fusion, stages, on_error)

    @property
    def config(self) -> PipelineConfig:
        """The settings in force."""
        return self._setup.config

    @property
    def face(self) -> FaceBranch | None:
        """The face branch, whose detector may be exchanged for one that finds the same."""
        return self._senses.face

    @property
    def voice(self) -> VoiceBranch | None:
        """The voice branch, whose rate and window the audio must have."""
        return self._senses.voice

    @property
    def stage(self) -> str:
        """The stage that runs now, '' between stages; may be asked in any thread."""
        return self._stages.running

    @property
    def sound_offset_ns(self) -> int:
        """How much too late the stamps of the sound are for the windows that process() takes.

        Not 0 only where a known offset is to be corrected.
        """
        return self._audiovisual.taken_out_ns

    def facts(self) -> dict[str, str]:
        """What runs, for people: models, plugins and device."""
        facts = {
            'device': compute.device_in_use(self.config.device),
            'fusion': self.config.fusion.plugin,
            'smoothing': self.config.smoothing.plugin,
        }
        if self._senses.face:
            facts['face model'] = self.config.face.model
            facts['face detector'] = self.config.face.detector.plugin
            if self._senses.face.precision:
                facts['face precision'] = self._senses.face.precision
        if self._senses.voice:
            facts['voice model'] = self.config.voice.model
            facts['voice activity'] = self._senses.voice.vad_name
            if self._senses.voice.precision:
                facts['voice precision'] = self._senses.voice.precision
        return facts

    def prepare(self, config: PipelineConfig) -> Setup:
        """Build the plugins that other settings name, which may take a while, in any thread.

        Raises ConfigError, saying why, where one of them cannot be built.
        """
        now = self._setup
        fusion, smoothing = now.fusion, now.smoothing
        if config.fusion != now.config.fusion:
            fusion = _built('fusion', config.fusion)
            check_models(fusion, config.models)
        if config.smoothing != now.config.smoothing:
            smoothing = _built('smoothing', config.smoothing)
        return Setup(config, fusion, smoothing)

    def use(self, setup: Setup) -> None:
        """Take over the settings that can change live; the others must be as they were."""
        config = setup.config
        self._senses.apply(config.face, config.voice, self._economy)
        self._people.apply(
            setup.fusion, setup.smoothing, config.ageing, config.label, config.focus
        )
        self._audiovisual.apply(config.speaker, config.sync)
        if config.clocks != self.config.clocks:
            self._audiovisual.forget_offset()
        self._setup = setup

    def apply(self, config: PipelineConfig) -> None:
        """Prepare and use other settings."""
        self.use(self.prepare(config))

    def economise(self, economy: Economy) -> None:
        """Read less often and less finely than the settings say; they stay as they are."""
        self._economy = economy
        self._senses.apply(self.config.face, self.config.voice, economy)

    def reset(self) -> None:
        """Begin anew, with other people and other devices."""
        self._forget_everybody()
        self._audiovisual.forget_offset()

    def _forget_everybody(self) -> None:
        """As when time jumps back."""
        self._senses.reset()
        self._people.reset()
        self._audiovisual.reset()
        self._stamp_ns = None

    def process(
        self, stamp_ns: int, frame: Frame | None = None, window: AudioWindow | None = None
    ) -> Result:
        """The people of one moment: a frame, the window of sound that ends there, or both."""
        if self._stamp_ns is not None and stamp_ns < self._stamp_ns - JUMP_BACK_NS:
            self._forget_everybody()
        self._stamp_ns = stamp_ns
        faces = self._senses.faces(frame) if frame else None
        voice = self._senses.voice_features(window)
        if voice and window and faces:
            self._listen(window, [face.track_id for face, _ in faces])
        people = tuple(self._people.update(stamp_ns, faces, voice))
        speaker = self._people.speaker
        if window:
            self._learn(window, speaker)
        offset = self._audiovisual.best_offset()
        return Result(stamp_ns, frame, people, self._stages.take(), speaker, offset)

    def _listen(self, window: AudioWindow, tracks: Sequence[int | None]) -> None:
        """Compare the mouths of a new frame with the voice."""
        if self._senses.face is not None:
            known = [track for track in tracks if track is not None]
            with self._stages.stage('speaker'):
                self._audiovisual.listen(window, self._senses.face.mouths, known)

    def _learn(self, window: AudioWindow, speaker: int | None) -> None:
        """Learn the offset between sound and picture from who speaks."""
        if self._senses.face is not None and speaker is not None:
            with self._stages.stage('sync'):
                self._audiovisual.learn(window, self._senses.face.mouths, speaker)

    def _report(self, stage: str, error: Exception) -> None:
        wrapped = PipelineError(stage, error)
        if self._on_error is None:
            raise wrapped from error
        self._on_error(wrapped)


def load_fusion(chosen: Chosen) -> Fusion:
    """The fusion that a slot names."""
    fusion: Fusion = plugins.build('fusion', chosen)
    return fusion


def _built(kind: str, chosen: Chosen) -> Any:
    try:
        return plugins.build(kind, chosen)
    except Exception as error:  # a plugin may fail in any way
        raise ConfigError(f'{kind} {chosen.plugin!r} cannot be used: {error}') from error
