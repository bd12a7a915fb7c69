"""The face branch and the voice branch side by side; what fails in one never stops the other."""

from __future__ import annotations

from collections.abc import Callable

from fer_ros.answers import AnswerError, check_features
from fer_ros.audio.branch import VoiceBranch, VoiceConfig
from fer_ros.face.branch import FaceBranch, FaceConfig
from fer_ros.types import FACE, VOICE, AudioWindow, Face, Features, Frame, Modality


class Senses:
    """What is seen and heard at a moment; a branch that is None is off."""

    def __init__(
        self,
        face: FaceBranch | None,
        voice: VoiceBranch | None,
        report: Callable[[str, Exception], None],
    ) -> None:
        """``report`` hears of a branch that failed, which then counts as no evidence."""
        self.face = face
        self.voice = voice
        self._report = report

    def apply(self, face: FaceConfig, voice: VoiceConfig) -> None:
        """Take over the settings that can change live."""
        if self.face:
            self.face.apply(face)
        if self.voice:
            self.voice.apply(voice)

    def reset(self) -> None:
        """Forget everybody, as when time jumps back."""
        if self.face:
            self.face.reset()
        if self.voice:
            self.voice.reset()

    def faces(self, frame: Frame) -> list[tuple[Face, Features]]:
        """The tracked faces of a frame with their features."""
        if self.face is None:
            return []
        try:
            found = self.face.process(frame)
        except Exception as error:  # a plugin may fail in any way
            self._report(FACE, error)
            return []
        return [(face, features) for face, features in found if self._usable(FACE, features)]

    def voice_features(self, window: AudioWindow | None) -> Features | None:
        """The features of the voice in a window of sound, None where nobody speaks."""
        if self.voice is None or window is None:
            return None
        try:
            features = self.voice.process(window)
        except Exception as error:  # a plugin may fail in any way
            self._report(VOICE, error)
            return None
        return features if features and self._usable(VOICE, features) else None

    def _usable(self, modality: Modality, features: Features) -> bool:
        try:
            check_features(features)
        except AnswerError as error:
            self._report(modality, error)
            return False
        return True
