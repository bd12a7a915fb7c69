"""Voice activity of one stream, judged block by block, where each block is judged only once.

The windows that are asked about overlap, and a recurrent net wants to hear every sound once and
in order.  So its state and its probability are kept for each block of the last window.  What comes
out is what it would say of the whole stream at once, whatever windows were asked about; where
sound came late, it is judged again from there on.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import soxr

from fer_ros.audio.following import Follower
from fer_ros.types import AudioWindow, FloatArray

State = npt.NDArray[np.float32]
_MARGIN_S = 0.02
"""Sound around a block that its resampled samples depend on."""


class BlockDetector(Protocol):
    """A recurrent detector of speech."""

    RATE_HZ: int
    BLOCK: int
    """Samples of a block."""
    CONTEXT: int
    """Samples before a block that it hears as well."""
    threshold: float
    """Probability from which a block is speech."""

    def initial_state(self) -> State:
        """The state before any sound."""
        ...

    def judge(self, samples: FloatArray, state: State) -> tuple[float, State]:
        """Probability of speech of (CONTEXT + BLOCK,) samples, and the state after them."""
        ...


class _Judged(NamedTuple):
    probability: float
    state: State | None
    """The state after it; None as long as nothing was heard at all."""


class BlockStream:
    """The voice activity of one stream of windows, which come in order of time.

    Blocks begin at multiples of their length by the stamps of the first window, and follow the
    sound from there on.  Silence before the first sound is no speech and leaves the state as it
    is, so it does not matter how much of it the first window holds.
    """

    def __init__(self, detector: BlockDetector) -> None:
        self._detector = detector
        self._follower = Follower()
        self._first = 0
        """The number of the first block that is kept."""
        self._judged: list[_Judged] = []

    def voiced_share(self, window: AudioWindow) -> float:
        """Share [0, 1] of the whole blocks of a window that are speech."""
        place = self._follower.place(window)
        sound = _Sound(self._detector, window, place.begin)
        self._forget(sound, place.same)
        for block in range(self._first + len(self._judged), sound.end):
            self._judged.append(self._judge(sound, block))
        newest = self._judged[max(0, sound.first - self._first) :]
        voiced = sum(block.probability >= self._detector.threshold for block in newest)
        return voiced / len(newest) if newest else 0.0

    def _forget(self, sound: _Sound, same: int) -> None:
        """Drop the blocks that are over, but for the last, and those that may be others now."""
        known = sound.blocks_before(same) - self._first
        del self._judged[max(0, known) :]
        over = min(sound.first - 1 - self._first, len(self._judged))
        if over > 0:
            del self._judged[:over]
            self._first += over
        if not self._judged or self._first + len(self._judged) < sound.first:
            self._first, self._judged = sound.first, []

    def _judge(self, sound: _Sound, block: int) -> _Judged:
        state = self._judged[-1].state if self._judged else None
        if state is None:
            if not sound.is_heard(block):
                return _Judged(0.0, None)
            state = self._detector.initial_state()
        return _Judged(*self._detector.judge(sound.samples(block), state))


class _Sound:
    """The blocks of a window, at the rate of the detector."""

    def __init__(self, detector: BlockDetector, window: AudioWindow, begin: int) -> None:
        """``begin`` is the number of the window's first sample."""
        self._detector = detector
        self._window = window
        self._begin = begin
        common = math.gcd(detector.RATE_HZ, window.rate_hz)
        self._ours, self._theirs = detector.RATE_HZ // common, window.rate_hz // common
        """So many samples at the rate of the detector take as long as so many of the window."""
        self._margin = round(_MARGIN_S * detector.RATE_HZ) if self._ours != self._theirs else 0
        self._resampled: tuple[int, FloatArray] | None = None
        begins = -(-begin * self._ours // self._theirs)
        self.first = -(-(begins + detector.CONTEXT) // detector.BLOCK)
        """Number of the first block that is whole, with its context."""
        self.end = self.blocks_before(begin + len(window.samples))
        """Number after the last one."""

    def blocks_before(self, sample: int) -> int:
        """The number after the last block that depends on nothing from a sample on."""
        here = sample * self._ours // self._theirs
        return (here - self._margin) // self._detector.BLOCK

    def is_heard(self, block: int) -> bool:
        """Whether anything but zeros is in a block."""
        size = self._detector.BLOCK
        first, end = (
            -(-edge * size * self._theirs // self._ours) - self._begin
            for edge in (block, block + 1)
        )
        return bool(self._window.samples[first:end].any())

    def samples(self, block: int) -> FloatArray:
        """A block after its context."""
        first = block * self._detector.BLOCK - self._detector.CONTEXT
        if self._resampled is None or first < self._resampled[0]:
            self._resampled = self._from(first - self._margin)
        begin, sound = self._resampled
        return sound[first - begin : first - begin + self._detector.CONTEXT + self._detector.BLOCK]

    def _from(self, first: int) -> tuple[int, FloatArray]:
        """All sound from a sample at the rate of the detector on, or from a little before it.

        It begins with one that coincides with a sample of the window, so that each comes out the
        same wherever the windows begin.
        """
        whole = first // self._ours
        skipped = whole * self._theirs - self._begin
        sound = self._window.samples[max(0, skipped) :]
        if skipped < 0:
            sound = np.concatenate((np.zeros(-skipped, np.float32), sound))
        if self._margin:
            sound = soxr.resample(sound, self._window.rate_hz, self._detector.RATE_HZ)
        return whole * self._ours, sound
