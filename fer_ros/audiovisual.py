"""What sound and pictures tell of each other: who speaks, and how far apart their stamps are."""

from __future__ import annotations

from collections.abc import Collection

from fer_ros.audio.input import moved
from fer_ros.av_offset import AvOffset, OffsetEstimator, SyncConfig
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.speaking import SpeakerChooser, SpeakerConfig
from fer_ros.types import NS_PER_S, AudioWindow

_WORTH_NS = NS_PER_S // 50
"""A change of the offset by less than this is not worth a seam in the sound."""


class AudioVisual:
    """Compares the mouths that are seen with the voice that is heard."""

    def __init__(self, speaker: SpeakerConfig, sync: SyncConfig) -> None:
        self.speaker = SpeakerChooser(speaker)
        self.offset = OffsetEstimator(sync)
        self.taken_out_ns = 0
        """By how much windows end later, by the stamps of the sound, than the frames they go
        with: the known offset if it is to be corrected, else 0."""

    def apply(self, speaker: SpeakerConfig, sync: SyncConfig) -> None:
        """Take over settings that can change live."""
        self.speaker.config = speaker
        self.offset.config = sync
        self._correct()

    def reset(self) -> None:
        """Forget who spoke, as when time jumps back; the offset of the devices still holds."""
        self.speaker.reset()
        self.offset.restart()

    def forget_offset(self) -> None:
        """Estimate the offset anew, as when the stamps are corrected in another way."""
        self.offset.clear()
        self.taken_out_ns = 0

    def listen(self, window: AudioWindow, mouths: MouthHistory, tracks: Collection[int]) -> None:
        """Hear out who of ``tracks`` speaks; the window is moved to the time of the frame."""
        known = self.offset.estimate()
        left_s = known.offset_s - self.taken_out_ns / NS_PER_S if known else 0.0
        self.speaker.listen(window, mouths, tracks, left_s)

    def learn(self, window: AudioWindow, mouths: MouthHistory, speaker: int) -> None:
        """Learn the offset from the face whose voice it is; the window likewise."""
        if self.offset.add(moved(window, self.taken_out_ns), mouths, speaker):
            self._correct()

    def best_offset(self) -> AvOffset | None:
        """The most likely offset of the stamps as they come, whether it is taken out or not."""
        return self.offset.best()

    def _correct(self) -> None:
        if not self.offset.config.correct:
            self.taken_out_ns = 0
            return
        known = self.offset.estimate()
        if known is not None:
            offset_ns = round(known.offset_s * NS_PER_S)
            if abs(offset_ns - self.taken_out_ns) >= _WORTH_NS:
                self.taken_out_ns = offset_ns
