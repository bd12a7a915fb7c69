"""Any model on any labelled data set, whatever words each of them uses.

Both vocabularies are mapped to the canonical labels by name.  A model that knows more labels than
the data set answers among the data set's alone; one that knows fewer is wrong on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_ros.audio.trimming import fit, trim
from fer_ros.data.examples import label_of, subsets_of
from fer_ros.evaluation import classifier
from fer_ros.face.align import resized
from fer_ros.labels import canonical, index_of
from fer_ros.protocols import Dataset
from fer_ros.types import FloatArray, ImageArray

PROTOCOL = (
    'canonical labels of the data set only; pictures as they are, or trimmed clips; '
    '95 % intervals by bootstrap of the examples'
)
_BATCH = 1024
"""At once: as many as a GPU takes; backbones split it as their device likes."""


class LabelledError(ValueError):
    """A model that cannot be measured on single examples."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """The measurable examples of a split."""

    words: tuple[str, ...]
    """The canonical labels that the data set has, in its order."""
    inputs: npt.NDArray[np.generic]
    """RGB crops (N, S, S, 3) or sound (N, T), as the backbone takes them."""
    labels: npt.NDArray[np.int64]
    """(N,) numbers of words."""
    parts: Mapping[str, npt.NDArray[np.bool_]]
    """(N,) masks: all of the split, then its named subsets and groups."""

    def answers(self, backbone: Any, inputs: npt.NDArray[np.generic] | None = None) -> FloatArray:
        """Calibrated logits (N, K) over the words, for these or other inputs."""
        inputs = self.inputs if inputs is None else inputs
        steps = range(0, len(inputs), _BATCH)
        logits = [backbone.infer(inputs[at : at + _BATCH])[1] for at in steps]
        result: FloatArray = np.concatenate(logits)[:, [index_of(word) for word in self.words]]
        return result

    def report(self, logits: FloatArray, temperature: float = 1.0) -> dict[str, Any]:
        """The numbers of every part."""
        return {
            name: classifier.report(logits[mask], self.labels[mask], self.words, temperature)
            for name, mask in self.parts.items()
            if mask.any()
        }


def faces(dataset: Dataset, split: str, size: int) -> Labelled:
    """The pictures of a split as RGB crops of one size."""
    examples = list(dataset.examples(split))
    crops = [resized(_rgb(np.asarray(example['input'])), size) for example in examples]
    return _labelled(dataset, split, examples, np.stack(crops))


def voices(dataset: Any, split: str, rate_hz: int, window_s: float) -> Labelled:
    """The clips of a split: without the silence around them, as the middle of a window."""
    examples = list(dataset.examples(split, rate_hz))
    count = round(rate_hz * window_s)
    windows = [fit(trim(example['input'], rate_hz), count) for example in examples]
    return _labelled(dataset, split, examples, np.stack(windows).astype(np.float32))


def load(kind: str, backbone: Any, dataset: Dataset, split: str) -> Labelled:
    """The examples of a split as a backbone of a kind takes them.  Raises LabelledError."""
    if kind == 'face_backbone':
        return faces(dataset, split, backbone.crop_size)
    if kind != 'audio_backbone':
        raise LabelledError(f'a {kind} reads no labelled pictures or clips')
    return voices(dataset, split, backbone.rate_hz, backbone.window_s)


def _labelled(
    dataset: Dataset,
    split: str,
    examples: list[Mapping[str, Any]],
    inputs: npt.NDArray[np.generic],
) -> Labelled:
    words = tuple(dict.fromkeys(canonical(word) for word in dataset.labels))
    to_words = np.array([words.index(canonical(word)) for word in dataset.labels])
    own = np.array([label_of(example) for example in examples], np.int64)
    known = own >= 0
    names = [_names(example) for example in examples]
    every = sorted(set().union(*names))
    parts = {
        split: np.ones(int(known.sum()), bool),
        **{f'{split}_{part}': np.array([part in own for own in names])[known] for part in every},
    }
    return Labelled(words, inputs[known], to_words[own[known]], parts)


def _names(example: Mapping[str, Any]) -> set[str]:
    """The parts an example belongs to: named subsets, and its group where one is stated."""
    group = example.get('group')
    return {*subsets_of(example), *([str(group)] if group else [])}


def _rgb(picture: ImageArray) -> ImageArray:
    return np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture
