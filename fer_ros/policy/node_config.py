"""The settings of the policy node, which become its ROS parameters."""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros.config import Chosen, setting, slot


@dataclass(frozen=True)
class PolicyNodeConfig:
    """Parameters of the policy node."""

    policy: Chosen = slot('policy', 'rules', 'Chooses the behaviour')
    rate: float = setting(
        10.0,
        'How often a behaviour is chosen when nothing new arrives',
        unit='Hz',
        ge=0.5,
        le=100.0,
    )
    stale_after: float = setting(
        1.0,
        'Time without a message on emotion after which nobody is there',
        unit='s',
        ge=0.1,
        le=60.0,
        live=True,
    )
