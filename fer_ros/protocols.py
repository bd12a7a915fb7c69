"""The interfaces that plugins implement, and nothing else.

Every plugin is a class with a nested ``Config`` dataclass (see config.py) and is built as
``Class(config)``, a backbone as ``Class(config, card, device)``: see cards.Card.
``fer_ros.testing`` checks each of these contracts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from fer_ros.types import (
    AudioWindow,
    Decision,
    Evidence,
    Expression,
    Face,
    FloatArray,
    Fused,
    ImageArray,
)

EyePositions = tuple[tuple[float, float], tuple[float, float]]
"""x, y of the eye at the left of a crop and the one at its right, as shares of its edge."""


@runtime_checkable
class FaceDetector(Protocol):
    """Finds faces in one picture; keeps no memory of earlier ones."""

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of an RGB image (H, W, 3), best score first, in pixels of that image."""
        ...


@runtime_checkable
class FaceBackbone(Protocol):
    """Reads expressions from face crops."""

    crop_size: int
    """Edge of the square crops in pixels."""
    crop_margin: float
    """How much of the face box is added around it, as a share of its edge."""
    crop_eyes: EyePositions | None
    """Where the eyes lie in a crop, None where the model was not trained on aligned faces."""

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        """RGB crops (N, crop_size, crop_size, 3) -> embeddings (N, D) and logits (N, C).

        N may be 0.  Logits are in the order of labels.LABELS, -inf for labels it does not know.
        """
        ...


@runtime_checkable
class AudioBackbone(Protocol):
    """Reads expressions from stretches of sound."""

    rate_hz: int
    window_s: float

    def infer(self, samples: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sound (N, round(rate_hz * window_s)) in [-1, 1] -> embeddings (N, D), logits (N, C).

        N may be 0.  Logits as for FaceBackbone.
        """
        ...


@runtime_checkable
class AdjustablePrecision(Protocol):
    """What a backbone of faces or voices may offer as well: to compute in fewer bits."""

    precision: str
    """'float32', 'float16' or 'bfloat16'; may be set between two calls.  Answers stay float32."""


@runtime_checkable
class VoiceActivityDetector(Protocol):
    """Tells speech from other sound."""

    def voiced_share(self, samples: FloatArray, rate_hz: int) -> float:
        """Share [0, 1] of the samples (N,) in which somebody speaks."""
        ...


class VoiceActivityStream(Protocol):
    """Follows the voice activity of one stream of sound."""

    def voiced_share(self, window: AudioWindow) -> float:
        """Share [0, 1] of a window in which somebody speaks; windows come in order of time."""
        ...


@runtime_checkable
class StreamingVoiceActivityDetector(VoiceActivityDetector, Protocol):
    """A detector that may offer this as well, so that it judges only what is new in a window."""

    def start(self) -> VoiceActivityStream:
        """A stream of which nothing was heard yet; streams do not influence each other."""
        ...


@runtime_checkable
class Fusion(Protocol):
    """Joins what is known of one person from any number of modalities."""

    memory_s: float
    """How far back the evidence should reach; 0.0 for the newest features of each modality."""

    def fuse(self, evidence: Evidence) -> Fused:
        """Probabilities and weights from any non-empty subset of the modalities.

        A missing modality is a missing key.  Raises ValueError for empty evidence.
        """
        ...


class ProbabilityFilter(Protocol):
    """Follows the probabilities of one person."""

    def update(self, elapsed_s: float, probabilities: FloatArray) -> FloatArray:
        """Smoothed probabilities (C,), float32, after those that were seen now.

        ``elapsed_s`` > 0 is the time since the last ones.
        """
        ...


@runtime_checkable
class Smoothing(Protocol):
    """Steadies probabilities over time, from the past only."""

    def start(self, probabilities: FloatArray) -> ProbabilityFilter:
        """A filter for one person, of whom these probabilities (C,) are all that is known."""
        ...


@runtime_checkable
class Policy(Protocol):
    """Chooses the robot's behaviour."""

    def decide(self, expression: Expression | None, now_ns: int) -> Decision:
        """The behaviour for the newest expression, None for nobody, at the time ``now_ns``.

        It is called for every new expression and from time to time without one; a ``now_ns``
        before that of the last call starts anew.
        """
        ...


@runtime_checkable
class Dataset(Protocol):
    """A labelled corpus in the layout it is distributed in."""

    labels: Sequence[str]
    """The corpus's own labels; targets count in this order."""

    def splits(self) -> Mapping[str, Sequence[int]]:
        """Example numbers of 'train', 'val' and 'test'; no subject is in two of them."""
        ...

    def examples(self, split: str) -> Iterator[Mapping[str, object]]:
        """The examples of a split.

        Each has 'input', 'target' (K,) distribution over labels, and 'subject'.  The input of a
        picture is uint8, (H, W) grey or (H, W, 3) RGB, all of one size.  'label' may state the
        label that is counted, -1 for none, and 'subsets' names of parts to be reported alone.
        """
        ...
