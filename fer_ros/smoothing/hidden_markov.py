"""The hidden-Markov filter: what a person shows now, given all that was seen until now.

Expressions last.  A filter that knows for how long takes a single odd frame for noise and a change
that lasts for a change, and is quicker where the evidence is strong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import expm

from fer_ros.config import setting
from fer_ros.smoothing import transitions
from fer_ros.smoothing.transitions import Matrix, Transitions
from fer_ros.types import FloatArray

_TICK_S = 0.001
"""Times are rounded to this, so that one matrix exponential serves for all of them."""


class HiddenMarkov:
    """The forward algorithm over the labels (Rabiner, Proceedings of the IEEE 77(2), 1989).

    The states change in continuous time.  What a model says is divided by its prior to get
    likelihoods (Bourlard and Morgan, Connectionist Speech Recognition, 1994).  Frames that follow
    each other closely are no independent evidence: each counts by the time since the last one, as
    a share of the time in which the models' errors change, so the frame rate does not matter.
    """

    @dataclass(frozen=True)
    class Config:
        """How long expressions last, and how much one frame says."""

        mean_dwell: float = setting(
            10.0, 'How long an expression lasts on average', unit='s', ge=0.05, le=600.0, live=True
        )
        correlation_time: float = setting(
            0.06,
            'Time after which another frame is independent evidence; 0: every frame is',
            unit='s',
            ge=0.0,
            le=10.0,
            live=True,
        )
        floor: float = setting(
            0.02,
            'A smaller probability counts as this, so that no frame alone rules a label out',
            ge=1e-6,
            le=0.1,
            live=True,
        )
        transitions: str = setting(
            '', 'File of learned rates of change, instead of mean_dwell', live=True
        )

    def __init__(self, config: Config) -> None:
        """Raises TransitionError for a file that is no file of rates."""
        known = transitions.uniform(config.mean_dwell)
        if config.transitions:
            known = transitions.read(Path(config.transitions))
        self._chain = _Chain(known, config)

    def start(self, probabilities: FloatArray) -> _Belief:
        """See protocols.Smoothing."""
        return _Belief(self._chain, probabilities)


class _Chain:
    """What all people have in common."""

    def __init__(self, known: Transitions, config: HiddenMarkov.Config) -> None:
        self._tick: Matrix = expm(known.rates * _TICK_S)
        self._prior = known.prior
        self._config = config

    def predict(self, belief: Matrix, elapsed_s: float) -> Matrix:
        """The belief (C,) some time later, before anything is seen."""
        later: Matrix = belief @ np.linalg.matrix_power(self._tick, round(elapsed_s / _TICK_S))
        return later

    def likelihood(self, elapsed_s: float, probabilities: FloatArray) -> Matrix:
        """How likely each label (C,) makes what was seen, up to a factor."""
        fresh = 1.0
        if self._config.correlation_time > 0:
            fresh = min(1.0, elapsed_s / self._config.correlation_time)
        seen = np.maximum(probabilities.astype(np.float64), self._config.floor)
        result: Matrix = (seen / self._prior) ** fresh
        return result


class _Belief:
    def __init__(self, chain: _Chain, probabilities: FloatArray) -> None:
        self._chain = chain
        self._belief = probabilities.astype(np.float64)

    def update(self, elapsed_s: float, probabilities: FloatArray) -> FloatArray:
        predicted = self._chain.predict(self._belief, elapsed_s)
        belief = predicted * self._chain.likelihood(elapsed_s, probabilities)
        self._belief = belief / belief.sum()
        return self._belief.astype(np.float32)
