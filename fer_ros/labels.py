"""The canonical emotion labels and the way from any other vocabulary to them.

The words are those of ``hri_msgs/Expression`` (REP-155), so a label goes on the wire as it is.
Contempt has no constant there but is a free string like the others.  Data sets and foreign models
speak other vocabularies (fear, joy, calm, numbers); those are mapped here *by name*, never by
position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LABELS: tuple[str, ...] = (
    'neutral',
    'happy',
    'sad',
    'surprised',
    'scared',
    'disgusted',
    'angry',
    'contempt',
)
"""The order of every probability vector and logit vector inside the package."""

VOCABULARY: tuple[str, ...] = (
    *LABELS,
    *('pleading', 'vulnerable', 'despaired', 'guilty', 'disappointed', 'embarrassed', 'horrified'),
    *('skeptical', 'annoyed', 'furious', 'suspicious', 'rejected', 'bored', 'tired', 'asleep'),
    *('confused', 'amazed', 'excited'),
)
"""Every word that may be on the wire: the labels, and what else ``hri_msgs/Expression`` names."""

_INDEX = {label: index for index, label in enumerate(LABELS)}

_SYNONYMS = {
    'neutral': ('neutrality', 'calm', 'normal'),
    'happy': ('happiness', 'joy', 'joyful', 'smile'),
    'sad': ('sadness',),
    'surprised': ('surprise',),
    'scared': ('fear', 'fearful', 'afraid'),
    'disgusted': ('disgust',),
    'angry': ('anger',),
    'contempt': ('contemptuous',),
}
_CANONICAL = {label: label for label in LABELS} | {
    synonym: label for label, synonyms in _SYNONYMS.items() for synonym in synonyms
}


class LabelError(ValueError):
    """A word that names none of the emotions."""


def canonical(word: str) -> str:
    """The canonical label that a word of another vocabulary means.

    Case and surrounding space do not matter.  Raises LabelError, listing the known words.
    """
    try:
        return _CANONICAL[word.strip().lower()]
    except KeyError:
        known = ', '.join(sorted(_CANONICAL))
        raise LabelError(f'unknown emotion label {word!r}; known: {known}') from None


def index_of(word: str) -> int:
    """The position of a label, or of a synonym of one, in LABELS."""
    return _INDEX[canonical(word)]


def to_canonical(
    logits: npt.NDArray[np.float32], model_labels: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Logits (N, K) in a model's own label order -> logits (N, len(LABELS)), by name.

    Two labels of the model that mean one canonical label (calm and neutral) are joined by
    log-sum-exp, which adds their probabilities.  A canonical label that the model does not know
    gets -inf: probability zero, and recognisable as 'not modelled'.
    """
    if logits.shape[-1] != len(model_labels):
        raise LabelError(f'{logits.shape[-1]} logits for {len(model_labels)} labels')
    out = np.full((*logits.shape[:-1], len(LABELS)), -np.inf, dtype=np.float32)
    for column, word in enumerate(model_labels):
        target = index_of(word)
        out[..., target] = np.logaddexp(out[..., target], logits[..., column])
    return out


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probabilities of logits (..., C), which may contain -inf but not only -inf."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: npt.NDArray[np.float32] = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(
        np.float32
    )
    return result
