"""Votes of the modalities: one label each, or shares of all labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.fusion.evidence import fused, newest_of, probabilities_of
from fer_ros.fusion.weights import WeightsConfig
from fer_ros.types import Evidence, FloatArray, Fused


class Voting:
    """Each modality votes with its weight; a single voter's probabilities stand as they are.

    Equal votes go to the label with the larger mean probability, by a share too small to matter
    otherwise.
    """

    @dataclass(frozen=True)
    class Config(WeightsConfig):
        """Weights and the form of a vote."""

        form: str = setting(
            'hard',
            'hard: the whole vote for the most probable label; soft: shares by probability',
            choices=('hard', 'soft'),
            live=True,
        )

    _TIE_BREAK = 1e-3

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion; the probabilities are the shares of the vote."""
        features = newest_of(evidence)
        probabilities = probabilities_of(features)
        weights = self._config.of(features)
        shares = weights @ self._votes(probabilities)
        return fused(features, shares, weights, self._config.temperature)

    def _votes(self, probabilities: FloatArray) -> FloatArray:
        if self._config.form == 'soft' or len(probabilities) == 1:
            return probabilities
        votes = np.zeros_like(probabilities)
        votes[np.arange(len(votes)), probabilities.argmax(axis=1)] = 1.0
        votes += np.float32(self._TIE_BREAK) * probabilities.mean(axis=0)
        return votes
