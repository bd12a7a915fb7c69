"""What is left out, in which order, where the machine cannot keep up.

First faces are looked for less often, because tracking bridges the time between; then the voice
is read less often, because it changes slowly; last, faces are looked for in a smaller picture,
because that loses those who stand far away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from fer_ros.audio.branch import VoiceConfig
from fer_ros.config import Chosen
from fer_ros.face.branch import FaceConfig

_FACTORS = (2, 4)
_EVERY_FRAME_S = 0.05
"""What is multiplied where every frame is searched."""
_INPUT_SIZE = 'input_size'
"""The setting by which a detector's plugin says how large a picture it searches, in pixels."""


@dataclass(frozen=True)
class Economy:
    """By which factors the pipeline reads less often, and less finely, than its settings say."""

    detection_interval: int = 1
    voice_hop: int = 1
    detection_size: int = 1

    def face(self, config: FaceConfig) -> FaceConfig:
        """The settings of the face branch with this economy."""
        if self.detection_interval == 1:
            return config
        interval = max(config.detection_interval, _EVERY_FRAME_S) * self.detection_interval
        return replace(config, detection_interval=interval)

    def voice(self, config: VoiceConfig) -> VoiceConfig:
        """The settings of the voice branch with this economy."""
        return replace(config, hop=config.hop * self.voice_hop)

    def detector(self, chosen: Chosen) -> Chosen:
        """The detector with this economy."""
        if self.detection_size == 1:
            return chosen
        size = getattr(chosen.config, _INPUT_SIZE) // self.detection_size
        return replace(chosen, config=replace(chosen.config, **{_INPUT_SIZE: size}))

    def describe(self, face: FaceConfig, voice: VoiceConfig) -> str:
        """What is left out, for people; '' for nothing."""
        parts = []
        if self.detection_interval != 1:
            parts.append(f'detection every {self.face(face).detection_interval:g} s')
        if self.voice_hop != 1:
            parts.append(f'voice every {self.voice(voice).hop:g} s')
        if self.detection_size != 1:
            size = getattr(self.detector(face.detector).config, _INPUT_SIZE)
            parts.append(f'detection in pictures of {size} px')
        return ', '.join(parts)


FULL = Economy()
"""Nothing is left out."""


def levels(face: FaceConfig, voice: VoiceConfig) -> tuple[Economy, ...]:
    """From FULL on, each with a bit more left out than the one before, of what is in use."""
    return tuple(_levels(face, voice))


def _levels(face: FaceConfig, voice: VoiceConfig) -> Iterator[Economy]:
    economy = FULL
    yield economy
    if face.enabled:
        for factor in _FACTORS:
            economy = replace(economy, detection_interval=factor)
            yield economy
    if voice.enabled:
        for factor in _FACTORS:
            economy = replace(economy, voice_hop=factor)
            yield economy
    if face.enabled and _has_size(face.detector):
        yield replace(economy, detection_size=2)


def _has_size(detector: Chosen) -> bool:
    return any(field.name == _INPUT_SIZE for field in fields(detector.config))
