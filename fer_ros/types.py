"""The frozen values that flow through the pipeline.

Arrays are read-only.  Images are RGB.  Every ``stamp_ns`` is the time of *capture* in integer
nanoseconds of the clock that the sensors' drivers use; nothing in the pipeline asks for 'now'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fer_ros.labels import LABELS

FloatArray = npt.NDArray[np.float32]
ImageArray = npt.NDArray[np.uint8]
_AnyArray = TypeVar('_AnyArray', bound='npt.NDArray[np.generic]')

Modality = str
"""A source of evidence.  An open set: code may compare names but never count on two of them."""

FACE: Modality = 'face'
VOICE: Modality = 'voice'

NS_PER_S = 1_000_000_000


def read_only(array: _AnyArray) -> _AnyArray:
    """The same array, which nobody can write through any more."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of the camera."""

    stamp_ns: int
    frame_id: str
    image: ImageArray
    """(H, W, 3) RGB."""


@dataclass(frozen=True, eq=False)
class AudioChunk:
    """A run of consecutive sound samples."""

    stamp_ns: int
    """Capture time of the first sample."""
    rate_hz: int
    samples: FloatArray
    """(N,) mono in [-1, 1]."""

    @property
    def end_ns(self) -> int:
        """Capture time of the first sample after this chunk."""
        return self.stamp_ns + round(len(self.samples) * NS_PER_S / self.rate_hz)


@dataclass(frozen=True, eq=False)
class AudioWindow:
    """The sound of a stretch of time that ends at a given moment; what is missing is silence."""

    stamp_ns: int
    """The end of the window."""
    rate_hz: int
    samples: FloatArray
    """(N,) mono in [-1, 1], zeros where nothing was heard."""
    coverage: float
    """Share [0, 1] of the window for which samples arrived."""
    newest_ns: int | None
    """End of the newest sample in the window, or None where there is none."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a frame, in pixels of that frame; the box may reach over its edge."""

    x: float
    y: float
    w: float
    h: float
    score: float
    """The detector's confidence [0, 1]."""
    landmarks: FloatArray | None = None
    """(5, 2) x, y of the eye at the image's left, the one at its right, nose tip, and the
    corners of the mouth in the same order."""
    track_id: int | None = None
    """Stable over time; None before tracking."""


@dataclass(frozen=True, eq=False)
class Features:
    """What a backbone saw in one modality at one moment."""

    stamp_ns: int
    """Capture time of the newest evidence used."""
    embedding: FloatArray
    """(D,)"""
    logits: FloatArray
    """(C,) in the order of labels.LABELS; -inf for a label the model does not know."""
    quality: float
    """How usable the input was, [0, 1]."""


Evidence = Mapping[Modality, Sequence[Features]]
"""What was seen of one person in each modality, oldest first and never empty.

A modality of which nothing is known is a missing key.
"""


@dataclass(frozen=True, eq=False)
class Fused:
    """What a fusion makes of the evidence."""

    probabilities: FloatArray
    """(C,) in the order of labels.LABELS, summing to 1."""
    weights: Mapping[Modality, float]
    """How much each modality of the evidence counted, summing to 1."""


@dataclass(frozen=True)
class Expression:
    """How a person seems to feel, in the words of hri_msgs/Expression."""

    stamp_ns: int
    """Capture time of the newest evidence used."""
    label: str
    confidence: float
    """[0, 1]"""
    valence: float | None = None
    """[-1, 1] or None where it is not estimated."""
    arousal: float | None = None
    """[-1, 1] or None where it is not estimated."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """How a person seems to feel at one moment, with all that is known of it."""

    stamp_ns: int
    """Capture time of the newest evidence used."""
    label: str
    """One of labels.LABELS.  Hysteresis may keep it for a moment after another one leads."""
    probabilities: FloatArray
    """(C,) in the order of labels.LABELS, summing to 1."""
    weights: Mapping[Modality, float]
    """The modalities that contributed and how much each of them counted, summing to 1."""
    valence: float | None = None
    arousal: float | None = None
    track_id: int | None = None
    """The face it belongs to, or None for a voice without a face."""

    @property
    def sources(self) -> frozenset[Modality]:
        """The modalities that contributed."""
        return frozenset(self.weights)

    @property
    def confidence(self) -> float:
        """The probability of the label."""
        return float(self.probabilities[LABELS.index(self.label)])

    @property
    def expression(self) -> Expression:
        """The summary that goes on /emotion."""
        return Expression(self.stamp_ns, self.label, self.confidence, self.valence, self.arousal)


@dataclass(frozen=True)
class Decision:
    """Which behaviour the robot should show, and why."""

    stamp_ns: int
    behaviour: str
    reason: str
