"""The face branch and the voice branch side by side; what fails in one never stops the other."""

from __future__ import annotations

from collections.abc import Callable

from fer_ros import plugins
from fer_ros.answers import AnswerError, check_features
from fer_ros.audio.branch import VoiceBranch, VoiceConfig
from fer_ros.economy import FULL, Economy
from fer_ros.face.branch import FaceBranch, FaceConfig
from fer_ros.protocols import FaceDetector
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
        self._detectors: dict[int, FaceDetector] = {}
        """Those that were built, by the factor by which their picture is smaller."""
        self._detection_size = FULL.detection_size

    def apply(self, face: FaceConfig, voice: VoiceConfig, economy: Economy = FULL) -> None:
        """Take over the settings that can change live, with what is to be left out of them."""
        if self.face:
            self.face.apply(economy.face(face))
            if economy.detection_size != self._detection_size:
                self._exchange_detector(self.face, face, economy)
        if self.voice:
            self.voice.apply(economy.voice(voice))

    def _exchange_detector(self, branch: FaceBranch, face: FaceConfig, economy: Economy) -> None:
        self._detectors[self._detection_size] = branch.detector
        self._detection_size = size = economy.detection_size
        try:
            if size not in self._detectors:
                chosen = economy.detector(face.detector)
                self._detectors[size] = plugins.build('face_detector', chosen)
            branch.detector = self._detectors[size]
        except Exception as error:  # a plugin may fail in any way; the other one goes on
            self._report(FACE, error)

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
