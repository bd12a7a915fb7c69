"""What plugins answer, checked where it comes in, so that no bad number goes any further.

What is refused counts as no evidence of its stage.  It would otherwise stay in the memory of a
person, in a filter, or on a topic, where NaN makes every comparison false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fer_ros.labels import LABELS
from fer_ros.types import Face, Features, Fused

_ROUNDING = 1e-3
"""How far probabilities may sum to something else than 1."""


class AnswerError(ValueError):
    """A plugin answered what its contract does not allow."""


def check_faces(faces: Iterable[Face]) -> None:
    """Raise AnswerError unless a tracker can follow each of these faces."""
    for face in faces:
        numbers = (face.x, face.y, face.w, face.h, face.score)
        if not (all(map(math.isfinite, numbers)) and face.w > 0 and face.h > 0):
            raise AnswerError(f'a face with the box and score {numbers}')
        if face.landmarks is not None and not np.isfinite(face.landmarks).all():
            raise AnswerError(f'landmarks {face.landmarks.tolist()} are not finite')


def check_features(features: Features) -> None:
    """Raise AnswerError unless a fusion can use these features."""
    logits, embedding, quality = features.logits, features.embedding, features.quality
    if logits.shape != (len(LABELS),):
        raise AnswerError(f'logits have the shape {logits.shape}, not ({len(LABELS)},)')
    if not np.isfinite(logits.max()):  # NaN and inf show there; -inf is a label it does not know
        raise AnswerError(f'logits {logits} are not usable')
    if embedding.ndim != 1 or not np.isfinite(embedding).all():
        raise AnswerError(f'embedding {embedding} is not a row of finite numbers')
    if not 0.0 <= quality <= 1.0:
        raise AnswerError(f'quality {quality} is outside [0, 1]')


def check_probabilities(probabilities: npt.NDArray[np.floating]) -> None:
    """Raise AnswerError unless these are probabilities of the labels."""
    if probabilities.shape != (len(LABELS),):
        raise AnswerError(
            f'probabilities have the shape {probabilities.shape}, not ({len(LABELS)},)'
        )
    least, total = float(probabilities.min()), float(probabilities.sum())
    if not (least >= -_ROUNDING and abs(total - 1.0) <= _ROUNDING):  # NaN and inf fail as well
        raise AnswerError(f'probabilities {probabilities} are not finite shares of 1')


def check_fused(fused: Fused) -> None:
    """Raise AnswerError unless a fusion's answer can be published."""
    check_probabilities(fused.probabilities)
    if not all(-_ROUNDING <= weight <= 1.0 + _ROUNDING for weight in fused.weights.values()):
        raise AnswerError(f'weights {dict(fused.weights)} are not shares of 1')
