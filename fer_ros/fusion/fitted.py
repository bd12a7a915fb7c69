"""What the strategies with fitted parameters share.

Their parameters are a model folder like any other: a card of kind 'fusion' and safetensors.  The
card names the modalities, the models whose output they were fitted on, and the labels that were
seen; what a strategy was not fitted on (another modality, another label) is joined by the product
of the probabilities.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from fer_ros import cards
from fer_ros.config import ConfigError, setting
from fer_ros.fusion.evidence import log_probabilities_of, newest_of, normalised
from fer_ros.labels import LABELS, index_of, softmax
from fer_ros.types import Evidence, Features, FloatArray, Fused, Modality

FLOOR = 1e-3
"""A smaller probability counts as this."""
MAX_SIZE = 65536
"""The longest embedding."""
_SAME = 1e-4
"""Added to what leaving a modality out changes, so that weights exist where nothing changes."""

Subset = tuple[Modality, ...]


class FusionModelError(ConfigError):
    """Parameters of another strategy, or fitted on other models than those in use."""


@dataclass(frozen=True)
class ModelConfig:
    """Which parameters."""

    model: str = setting(
        '',
        "Fitted parameters: a model's name or folder; empty for fusion_<plugin>",
        live=True,
    )


class FittedFusion(ABC):
    """A strategy whose parameters come from a model folder.

    The weight of a modality is how much the answer changes without it (half the sum of absolute
    differences), as a share: leave-one-out.
    """

    Config = ModelConfig

    name: str
    """The plugin's name, which the card must give."""
    memory_s = 0.0
    uses_embeddings = False
    """Whether it works only with the very models that it was fitted on."""

    def __init__(self, config: ModelConfig) -> None:
        """Raises FusionModelError or CardError where the model cannot be used."""
        self.card = cards.find(config.model or f'fusion_{self.name}')
        plugin = self.card.backbone.get('plugin')
        if self.card.kind != 'fusion' or plugin != self.name:
            raise FusionModelError(
                f'model {self.card.name!r} is a {self.card.kind} for {plugin!r}, '
                f'not a fusion for {self.name!r}'
            )
        self._fitted = [index_of(label) for label in self.card.labels]
        self.sizes = _sizes(self.card)
        """The length of each modality's embedding, in sorted order."""

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        newest_of(evidence)  # refuses evidence of nothing
        names = sorted(evidence)
        left_out = [tuple(n for n in names if n != name) for name in names]
        subsets = [tuple(names), *(subset for subset in left_out if subset)]
        rows = self._join(evidence, subsets)
        changes = np.abs(rows[1:] - rows[0]).sum(axis=1) / 2.0 if len(names) > 1 else np.ones(1)
        weights = normalised(changes + _SAME)
        return Fused(rows[0], dict(zip(names, weights.tolist(), strict=True)))

    def _arrays(self) -> Mapping[str, FloatArray]:
        """The arrays in the weights file.  Raises FusionModelError and CardError."""
        path = cards.weights_path(self.card)
        if path.suffix != '.safetensors':
            raise FusionModelError(f'{path}: {self.name} reads .safetensors')
        try:
            arrays: Mapping[str, FloatArray] = load(cards.read_weights(self.card))
        except SafetensorError as error:
            raise FusionModelError(f'{path} is no safetensors file: {error}') from error
        return arrays

    def _try(self) -> None:
        """Fuse once.  Raises FusionModelError where the arrays are not what the card says."""
        nothing = np.zeros(len(LABELS), np.float32)
        evidence = {
            name: [Features(0, np.zeros(size, np.float32), nothing, 1.0)]
            for name, size in self.sizes.items()
        }
        try:
            self.fuse(evidence)
        except (LookupError, TypeError, ValueError) as error:
            raise FusionModelError(f'{self.card.name} does not fit its card: {error!r}') from error

    @abstractmethod
    def _logits(self, evidence: Evidence, subsets: Sequence[Subset]) -> FloatArray:
        """Logits (S, K) over the card's labels from each subset, none of which is empty."""

    def _join(self, evidence: Evidence, subsets: Sequence[Subset]) -> FloatArray:
        """Probabilities (S, C) from each subset, also of modalities that were not fitted."""
        sizes = self.sizes
        fitted = [tuple(name for name in subset if name in sizes) for subset in subsets]
        asked = sorted({subset for subset in fitted if subset})
        own = dict(zip(asked, self._logits(evidence, asked) if asked else (), strict=True))
        newest = newest_of(evidence)
        rows = []
        for subset, known in zip(subsets, fitted, strict=True):
            others = [name for name in subset if name not in known]
            logs = [self._spread(own[known], evidence, known)] if known else []
            if others:
                logs += list(log_probabilities_of({n: newest[n] for n in others}, FLOOR))
            rows.append(softmax(np.sum(logs, axis=0, dtype=np.float32)))
        return np.stack(rows)

    def _spread(self, logits: FloatArray, evidence: Evidence, known: Subset) -> FloatArray:
        """Log-probabilities (C,): labels that were not fitted keep their share of the pool."""
        newest = newest_of({name: evidence[name] for name in known})
        pool = softmax(log_probabilities_of(newest, FLOOR).mean(axis=0))
        pool[self._fitted] = pool[self._fitted].sum() * softmax(logits)
        result: FloatArray = np.log(np.maximum(pool, np.finfo(np.float32).tiny))
        return result


def _sizes(card: cards.Card) -> dict[Modality, int]:
    """What the card says of the modalities.  Raises FusionModelError."""
    told = card.input.get('modalities')
    if not isinstance(told, Mapping) or not told:
        raise FusionModelError(f'{card.name}: input.modalities must name the modalities')
    sizes = {}
    for name in sorted(told, key=str):
        about = told[name]
        if not isinstance(about, Mapping) or not {'model', 'sha256', 'size'} <= set(about):
            raise FusionModelError(f'{card.name}: {name} needs a model, its sha256 and its size')
        if type(about['size']) is not int or not 0 < about['size'] <= MAX_SIZE:
            raise FusionModelError(
                f'{card.name}: {name}: size {about["size"]!r} is outside 1 to {MAX_SIZE}'
            )
        sizes[str(name)] = about['size']
    return sizes


def check_models(fusion: object, names: Mapping[Modality, str]) -> None:
    """Raises FusionModelError where a fusion needs other models than those named.

    ``names`` has the model of each modality in use.  Only a fusion of embeddings depends on them:
    probabilities mean the same whichever model gives them.
    """
    if not (isinstance(fusion, FittedFusion) and fusion.uses_embeddings):
        return
    for modality, told in fusion.card.input['modalities'].items():
        used = names.get(modality)
        if used is not None and cards.find(used).sha256 != told['sha256']:
            raise FusionModelError(
                f'{fusion.card.name} was fitted on the embeddings of {told["model"]} '
                f'(sha256 {told["sha256"][:12]}...) for {modality}, not on those of {used}; '
                'fit it again (fer-ros train fusion) or choose a fusion of probabilities'
            )
