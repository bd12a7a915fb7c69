"""The voice branch as one step: the newest window of sound in, features of a voice out."""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros import plugins
from fer_ros.ageing import AgeingConfig
from fer_ros.audio import vad
from fer_ros.audio.resample import resampled
from fer_ros.config import Chosen, group, setting, slot
from fer_ros.models import LoadBackbone, load_backbone
from fer_ros.precision import precision_of
from fer_ros.protocols import AudioBackbone, VoiceActivityDetector
from fer_ros.stages import Stages
from fer_ros.types import NS_PER_S, AudioWindow, Features, read_only


@dataclass(frozen=True)
class VoiceConfig:
    """Settings of the voice branch."""

    enabled: bool = setting(True, 'Whether voices are listened to')
    model: str = setting('voice_ravdess_nemo', 'Model that reads expressions: a name or a folder')
    vad: Chosen = slot('vad', 'auto', 'Tells speech from other sound')
    hop: float = setting(
        0.5, 'Time between two readings of the voice', unit='s', ge=0.05, le=10.0, live=True
    )
    min_voiced: float = setting(
        0.2, 'Share of the window that must be speech', ge=0.0, le=1.0, live=True
    )
    ageing: AgeingConfig = group(AgeingConfig)


class VoiceBranch:
    """Reads the voice once every hop and keeps what it read until the next."""

    def __init__(
        self,
        config: VoiceConfig,
        detector: VoiceActivityDetector,
        backbone: AudioBackbone,
        stages: Stages,
    ) -> None:
        self._config = config
        self._vad = detector
        self._backbone = backbone
        self._stages = stages
        self.reset()

    @classmethod
    def load(
        cls,
        config: VoiceConfig,
        device: str,
        stages: Stages,
        threads: int = 1,
        precision: str = 'auto',
        load: LoadBackbone = load_backbone,
    ) -> VoiceBranch:
        """The branch with the voice activity detector and the model that the settings name."""
        detector = plugins.build('vad', config.vad)
        backbone = load('audio_backbone', config.model, device, threads, precision)
        return cls(config, detector, backbone, stages)

    @property
    def vad_name(self) -> str:
        """The voice activity detector at work; 'auto' stands for the one it chose."""
        return getattr(self._vad, 'chosen', self._config.vad.plugin)

    @property
    def precision(self) -> str:
        """What the network computes in, '' for one that offers no choice."""
        return precision_of(self._backbone)

    @property
    def rate_hz(self) -> int:
        """The sampling rate that the model takes."""
        return self._backbone.rate_hz

    @property
    def window_s(self) -> float:
        """The length of window that process() takes, at any rate."""
        return self._backbone.window_s

    def apply(self, config: VoiceConfig) -> None:
        """Take over settings that can change live."""
        self._config = config

    def reset(self) -> None:
        """Forget the voice, as when time jumps back."""
        self._read_ns: int | None = None
        self._features: Features | None = None
        self._activity = vad.start(self._vad)

    def process(self, window: AudioWindow) -> Features | None:
        """The features of the voice in a window, None where nobody speaks.

        Windows are given in order of time; within a hop the last features stand.
        """
        if self._read_ns is None or self._hop_passed(window.stamp_ns, self._read_ns):
            self._read_ns = window.stamp_ns
            self._features = None  # also if reading fails
            self._features = self._read(window)
        return self._features

    def _hop_passed(self, stamp_ns: int, read_ns: int) -> bool:
        return stamp_ns - read_ns >= self._config.hop * NS_PER_S

    def _read(self, window: AudioWindow) -> Features | None:
        if window.newest_ns is None:
            return None
        with self._stages.stage('vad'):
            voiced = self._activity.voiced_share(window)
        if voiced == 0 or voiced < self._config.min_voiced:
            return None
        with self._stages.stage('voice_net'):
            sound = resampled(window, self.rate_hz, round(self.rate_hz * self.window_s))
            embeddings, logits = self._backbone.infer(sound.samples[None])
        return Features(window.newest_ns, read_only(embeddings[0]), read_only(logits[0]), voiced)
