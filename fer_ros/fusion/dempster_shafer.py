"""Dempster-Shafer theory: a modality that may be wrong leaves part of its mass undecided.

Shafer, A Mathematical Theory of Evidence, 1976 (discounting in chapter 11).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_ros.config import setting
from fer_ros.fusion.evidence import fused, newest_of, probabilities_of, qualities_of
from fer_ros.fusion.weights import JointConfig, check_lists, values_for
from fer_ros.types import Evidence, Fused


class DempsterShafer:
    """Dempster's rule on discounted probabilities.

    A modality of reliability r gives each label the mass r * p and the undecided set the rest.
    The answer is the belief in each label as a share of the belief in all, so one modality alone
    keeps its own probabilities.
    """

    @dataclass(frozen=True)
    class Config(JointConfig):
        """How reliable each modality is; parallel lists, so any number of them fits."""

        modalities: tuple[str, ...] = setting(
            ('face', 'voice'), 'The modalities whose reliability is given', live=True
        )
        reliabilities: tuple[float, ...] = setting(
            (0.8, 0.6), 'How often each is right', ge=0.01, le=0.999, live=True
        )
        other_reliability: float = setting(
            0.6, 'Reliability of a modality that is not listed', ge=0.01, le=0.999, live=True
        )
        quality_exponent: float = setting(
            1.0,
            'The reliability is multiplied by this power of the quality of the input',
            ge=0.0,
            le=8.0,
            live=True,
        )

        def __post_init__(self) -> None:
            check_lists(self.modalities, self.reliabilities, 'reliabilities')

    _LEAST = 1e-3

    memory_s = 0.0

    def __init__(self, config: Config) -> None:
        self._config = config

    def fuse(self, evidence: Evidence) -> Fused:
        """See protocols.Fusion."""
        config = self._config
        features = newest_of(evidence)
        listed = dict(zip(config.modalities, config.reliabilities, strict=True))
        reliability = values_for(features, listed, config.other_reliability) * np.maximum(
            qualities_of(features), self._LEAST
        ) ** np.float32(config.quality_exponent)
        rows = probabilities_of(features)
        belief, undecided = reliability[0] * rows[0], 1.0 - reliability[0]
        for mass, row in zip(reliability[1:], rows[1:], strict=True):
            belief = belief * (mass * row) + belief * (1.0 - mass) + undecided * mass * row
            undecided = undecided * (1.0 - mass)
            total = belief.sum() + undecided
            belief, undecided = belief / total, undecided / total
        weights = reliability / reliability.sum()
        return fused(features, belief, weights, config.temperature)
