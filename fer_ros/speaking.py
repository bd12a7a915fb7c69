"""Whose voice it is: the voice belongs to the face whose mouth moves with the sound."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fer_ros.audio.modulation import RATE_HZ, Modulation, correlations, modulation_of
from fer_ros.config import setting
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.types import NS_PER_S, AudioWindow

_LAG = round(0.12 * RATE_HZ)
"""Steps by which sound may follow its mouth: lips move up to a tenth of a second before."""
_UNSEEN = round(0.15 * RATE_HZ)
"""Steps before the newest sound of which no motion is known yet."""
_SHORTEST = round(0.5 * RATE_HZ)
_HOP_NS = NS_PER_S // 5
"""Time between two comparisons."""


@dataclass(frozen=True)
class SpeakerConfig:
    """Settings of the choice of who speaks, where several faces are there."""

    window: float = setting(
        2.0,
        'Time over which mouths are compared with the sound; longer is surer but slower',
        unit='s',
        ge=0.5,
        le=5.0,
        live=True,
    )
    min_correlation: float = setting(
        0.25,
        'Correlation of mouth and sound from which a face speaks; below, the voice is that of '
        'the face in focus',
        ge=0.0,
        le=1.0,
        live=True,
    )
    switch_margin: float = setting(
        0.15,
        'How much more another mouth must correlate to take the voice over',
        ge=0.0,
        le=1.0,
        live=True,
    )


class SpeakerChooser:
    """Compares every mouth with the sound and remembers who speaks.

    A correlation, and not the amount of motion: who chews or laughs moves the mouth as well.
    """

    def __init__(self, config: SpeakerConfig) -> None:
        self.config = config
        self.reset()

    def reset(self) -> None:
        """Forget who spoke, as when time jumps back."""
        self._speaker: int | None = None
        self._compared_ns: int | None = None
        self.correlations: dict[int, float] = {}
        """Track id -> the newest correlation [-1, 1] of the mouth with the sound."""

    def listen(
        self, window: AudioWindow, mouths: MouthHistory, tracks: Collection[int], offset_s: float
    ) -> None:
        """Compare the mouths of tracks with the newest sound, in which somebody speaks.

        ``offset_s`` is how much later sound is stamped than pictures.  A single face is not
        compared: there is nobody else.
        """
        if len(tracks) < 2:
            self.correlations = {}
            return
        if self._compared_ns is not None and window.stamp_ns - self._compared_ns < _HOP_NS:
            return
        self._compared_ns = window.stamp_ns
        self.correlations = {}
        sound = modulation_of(window)
        if sound is None:
            return
        for track_id in tracks:
            correlation = self._correlation(sound, mouths, track_id, round(offset_s * RATE_HZ))
            if correlation is not None:
                self.correlations[track_id] = correlation

    def choose(self, tracks: Collection[int], focus: int | None) -> int | None:
        """The track that speaks, of those that are there; that in focus where no mouth tells."""
        known = {track: self.correlations[track] for track in tracks if track in self.correlations}
        if self._speaker not in tracks:
            self._speaker = None
        best = max(known, key=known.__getitem__, default=None)
        if best is not None and known[best] >= self._needed(known):
            self._speaker = best
        return focus if self._speaker is None else self._speaker

    def _needed(self, known: Mapping[int, float]) -> float:
        """The correlation that makes a track the speaker."""
        least = self.config.min_correlation
        if self._speaker is None or self._speaker not in known:
            return least
        return max(least, known[self._speaker] + self.config.switch_margin)

    def _correlation(
        self, sound: Modulation, mouths: MouthHistory, track_id: int, offset: int
    ) -> float | None:
        """The best correlation of one mouth with the sound after it; None where it is unseen."""
        end = len(sound.values) - max(_LAG + offset, _UNSEEN)
        count = min(round(self.config.window * RATE_HZ), end - max(0, -offset))
        if count < _SHORTEST:
            return None
        first = end - count
        motion = mouths.series(track_id, sound.times_ns(first, count))
        if motion is None:
            return None
        around = sound.values[first + offset : end + offset + _LAG]
        return float(correlations(motion, around).max())
