"""Choose the settings of the rules: weights, temperature, exponents.

The log-likelihood of the labels, which rewards calibration and accuracy alike, is climbed by the
simplex of Nelder and Mead on the evidence that the fitted strategies were fitted on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from fer_ros import plugins
from fer_ros.config import parse_chosen
from fer_ros.evaluation.fusion_tables import Clips
from fer_ros.evaluation.metrics import negative_log_likelihood

_DIGITS = 3
_MOST = 800
"""Clips that are used at most."""
_STEP = 0.5
"""How far the first steps go."""

Settings = dict[str, Any]
Point = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """A rule, and how a point of free numbers gives its settings."""

    plugin: str
    start: tuple[float, ...]
    settings: Callable[[Point, tuple[str, ...]], Settings]


def _temperature(value: float) -> float:
    return float(np.clip(np.exp(value), 0.1, 10.0))


def _share(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-value)))


def _weights(point: Point, modalities: tuple[str, ...]) -> Settings:
    """Temperature, then the logarithm of each weight against that of the first modality."""
    raw = np.exp(np.concatenate(([0.0], point[1 : len(modalities)])))
    return {
        'temperature': _temperature(point[0]),
        'modalities': list(modalities),
        'weights': (raw / raw.sum()).tolist(),
    }


def _confidence(point: Point, modalities: tuple[str, ...]) -> Settings:
    exponents = np.clip(np.exp(point[-2:]), 0.0, 8.0).tolist()
    names = ('entropy_exponent', 'quality_exponent')
    return {**_weights(point, modalities), **dict(zip(names, exponents, strict=True))}


def _reliabilities(point: Point, modalities: tuple[str, ...]) -> Settings:
    return {
        'temperature': _temperature(point[0]),
        'modalities': list(modalities),
        'reliabilities': [float(np.clip(_share(value), 0.01, 0.999)) for value in point[1:]],
        'quality_exponent': 0.0,
    }


def _only_temperature(point: Point, _modalities: tuple[str, ...]) -> Settings:
    return {'temperature': _temperature(point[0])}


def rules(modalities: tuple[str, ...]) -> dict[str, tuple[Rule, Settings]]:
    """Name -> rule, and the settings that are not chosen."""
    others = (0.0,) * (len(modalities) - 1)
    weighted = (0.0, *others)
    return {
        'weighted_average': (Rule('weighted_average', weighted, _weights), {}),
        'voting_hard': (Rule('voting', weighted, _weights), {'form': 'hard'}),
        'voting_soft': (Rule('voting', weighted, _weights), {'form': 'soft'}),
        'product': (Rule('product', weighted, _weights), {}),
        'max': (Rule('order_statistic', (0.0,), _only_temperature), {'rule': 'max'}),
        'min': (Rule('order_statistic', (0.0,), _only_temperature), {'rule': 'min'}),
        'median': (Rule('order_statistic', (0.0,), _only_temperature), {'rule': 'median'}),
        'confidence': (Rule('confidence', (*weighted, 0.0, 0.0), _confidence), {}),
        'dempster_shafer': (
            Rule('dempster_shafer', (0.0, *((1.0,) * len(modalities))), _reliabilities),
            {},
        ),
    }


def choose(rule: Rule, fixed: Settings, clips: Clips, steps: int = 80) -> Settings:
    """The plugin and its settings, as a file of strategies has them."""
    numbers = np.random.default_rng(0).permutation(len(clips))[:_MOST]
    some = clips.taken(numbers)
    evidence = [some.evidence(number, {}) for number in range(len(some))]

    def chosen(point: Point) -> Settings:
        return {'plugin': rule.plugin, **fixed, **_rounded(rule.settings(point, some.modalities))}

    def loss(point: Point) -> float:
        fusion = plugins.build('fusion', parse_chosen('fusion', chosen(point)))
        rows = np.stack([fusion.fuse(one).probabilities for one in evidence])
        return negative_log_likelihood(np.maximum(rows, 1e-4), some.labels)

    start = np.array(rule.start)
    options = {
        'maxfev': steps,
        'xatol': 0.01,
        'fatol': 1e-4,
        'initial_simplex': np.vstack((start, start + _STEP * np.eye(len(start)))),
    }
    return chosen(minimize(loss, start, method='Nelder-Mead', options=options).x)


def _rounded(values: Settings) -> Settings:
    def short(value: Any) -> Any:
        if isinstance(value, list):
            return [short(one) for one in value]
        return round(value, _DIGITS) if isinstance(value, float) else value

    return {name: short(value) for name, value in values.items()}
