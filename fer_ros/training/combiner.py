"""Fit the combiners of decisions: confusion matrices, or a regression for each subset.

They are solved at once, without epochs, so they need no training loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save
from scipy.optimize import minimize

from fer_ros import cards, golden, models, writing
from fer_ros import config as settings
from fer_ros.config import group, setting
from fer_ros.evaluation import classifier, fusion_sources
from fer_ros.evaluation.fusion_scores import answers
from fer_ros.evaluation.fusion_sources import SourceConfig
from fer_ros.evaluation.fusion_tables import CLEAN, MISSING, Clips
from fer_ros.fusion.bayes import log_likelihood
from fer_ros.fusion.stacking import described, key_of
from fer_ros.labels import LABELS, softmax
from fer_ros.types import FloatArray

WEIGHTS = 'weights.safetensors'
PROTOCOL = (
    'fitted on other subjects than those of test; settings chosen on the val split only; '
    'measured once on test'
)
Arrays = dict[str, FloatArray]


class CombinerTask:
    """Evidence and the combiner that is fitted to it."""

    @dataclass(frozen=True)
    class Config:
        """What is fitted, and on what."""

        summary: str = setting('', 'One line on the model, for its card')
        licence: str = setting('Apache-2.0', 'Licence of the parameters')
        limits: tuple[str, ...] = setting((), 'What the model cannot do, for its card')
        plugin: str = setting('stacking', 'The combiner', choices=('bayes', 'stacking'))
        penalty: float = setting(
            50.0,
            'L2 penalty of the regression (stacking), votes added to each cell (bayes)',
            ge=1e-4,
            le=1e6,
        )
        fit_on: str = setting(
            'both', 'Split that is fitted on; see fusion_sources', choices=('fit', 'both')
        )
        source: SourceConfig = group(SourceConfig)

    def __init__(self, config: Config, data: Path) -> None:
        self.config = config
        self._data = data

    def train(self, out: Path, how: Mapping[str, Any]) -> None:
        """Fit, measure and write a model folder; ``how`` says for the card how."""
        clips = fusion_sources.clips(self.config.source, self._data, self.config.fit_on)
        seen = np.unique(clips.labels)
        arrays = FITTERS[self.config.plugin](clips, seen, self.config.penalty)
        out.mkdir(parents=True, exist_ok=True)
        tensors = {k: np.ascontiguousarray(v) for k, v in arrays.items()}
        writing.write_bytes(out / WEIGHTS, save(tensors))
        content = self._content(clips, seen, arrays, out, how)
        cards.write(out, content)
        fusion = models.load_backbone('fusion', str(out.resolve()), 'cpu')
        content['results'] = self.measure(fusion)
        cards.write(out, content)
        golden.write(out, 'fusion', fusion)

    def measure(self, fusion: Any) -> dict[str, Any]:
        """The results of a card, of a loaded fusion on the test people."""
        test = fusion_sources.clips(self.config.source, self._data, 'test')
        return {'protocol': PROTOCOL, **results(fusion, test)}

    def _content(
        self,
        clips: Clips,
        seen: npt.NDArray[np.int64],
        arrays: Arrays,
        out: Path,
        how: Mapping[str, Any],
    ) -> dict[str, Any]:
        config = self.config
        content = {
            'schema': cards.SCHEMA,
            'summary': config.summary,
            'kind': 'fusion',
            'backbone': {'plugin': config.plugin},
            'labels': [LABELS[number] for number in seen],
            'input': {'modalities': fusion_sources.about(config.source, clips.tables)},
            'licence': config.licence,
            'weights': {'file': WEIGHTS, 'sha256': cards.sha256_of(out / WEIGHTS)},
            'training': {
                **how,
                'examples': len(clips),
                'parameters': sum(array.size for array in arrays.values()),
                'config': settings.dump(config),
            },
        }
        return {**content, 'limits': list(config.limits)} if config.limits else content


def results(fusion: Any, clips: Clips) -> dict[str, Any]:
    """The report of all modalities together ('all'), and of each alone."""
    given = answers(fusion, clips)
    modes = {'all': given[CLEAN, '']}
    for name in clips.modalities:
        others = [other for other in clips.modalities if other != name]
        if len(others) == 1:
            modes[f'{name}_alone'] = given[MISSING, others[0]]
    tiny = np.finfo(np.float32).tiny
    return {
        f'test_{mode}': classifier.report(
            np.log(np.maximum(probabilities, tiny)), clips.labels, LABELS
        )
        for mode, probabilities in modes.items()
    }


def fit_stacking(clips: Clips, seen: npt.NDArray[np.int64], penalty: float) -> Arrays:
    """A multinomial logistic regression for each subset of the modalities."""
    from sklearn.linear_model import LogisticRegression

    inputs = {}
    for name in clips.modalities:
        table, rows = clips.tables[name], clips.rows[name]
        inputs[name] = described(table.logits[rows, -1], table.quality[rows, -1])
    arrays = {}
    for count in range(1, len(clips.modalities) + 1):
        for subset in combinations(clips.modalities, count):
            joined = np.concatenate([inputs[name] for name in subset], axis=1)
            joined = joined.astype(np.float64)  # in float32 the solver stops short of the optimum
            mean, spread = joined.mean(axis=0), np.maximum(joined.std(axis=0), 1e-3)
            model = LogisticRegression(C=1.0 / penalty, max_iter=1000, tol=1e-6)
            model.fit((joined - mean) / spread, clips.labels)
            weight = model.coef_ / spread
            arrays[f'{key_of(subset)}.weight'] = weight.astype(np.float32)
            bias = model.intercept_ - weight @ mean
            arrays[f'{key_of(subset)}.bias'] = bias.astype(np.float32)
    return arrays


def fit_bayes(clips: Clips, seen: npt.NDArray[np.int64], penalty: float) -> Arrays:
    """Confusion by counting (``penalty`` spreads over each row), sharpness by likelihood."""
    labels = np.searchsorted(seen, clips.labels)
    prior = np.bincount(labels) / len(labels)
    arrays: Arrays = {'log_prior': np.log(prior).astype(np.float32)}
    rows = {}
    for name in clips.modalities:
        table = clips.tables[name]
        rows[name] = softmax(table.logits[clips.rows[name], -1])
        counts = np.stack([rows[name][labels == label].sum(axis=0) for label in range(len(seen))])
        counts = counts + penalty / counts.shape[1]
        shares = counts / counts.sum(axis=1, keepdims=True)
        arrays[f'{name}.log_confusion'] = np.log(shares).astype(np.float32)

    def loss(log_sharpness: npt.NDArray[np.float64]) -> float:
        """Negative log-likelihood of all modalities together, and of each alone."""
        logits = [
            log_likelihood(rows[name], arrays[f'{name}.log_confusion'], float(np.exp(value)))
            for name, value in zip(clips.modalities, log_sharpness, strict=True)
        ]
        total = 0.0
        for scores in (*logits, np.sum(logits, axis=0)):
            posterior = softmax((arrays['log_prior'] + scores).astype(np.float32))
            chosen = np.maximum(posterior[np.arange(len(labels)), labels], 1e-12)
            total -= float(np.log(chosen).mean())
        return total

    found = minimize(loss, np.zeros(len(clips.modalities)), method='Nelder-Mead')
    for name, value in zip(clips.modalities, found.x, strict=True):
        arrays[f'{name}.sharpness'] = np.array([np.exp(value)], dtype=np.float32)
    return arrays


FITTERS = {'stacking': fit_stacking, 'bayes': fit_bayes}
