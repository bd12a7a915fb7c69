"""The settings of the perception node, which become its ROS parameters.

They stand here, without ROS, so that the command line can write and check parameter files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fer_ros.budget import BudgetConfig
from fer_ros.config import ConfigError, group, setting
from fer_ros.pipeline import PipelineConfig
from fer_ros.watchdog import WatchdogConfig


@dataclass(frozen=True)
class PerceptionConfig(PipelineConfig):
    """Parameters of the perception node: those of the pipeline and of its wiring."""

    streams: tuple[str, ...] = setting(
        (),
        'Namespaces of several robots, or cameras of one, each of which gets a perception of its '
        'own in one process; empty for one, in the namespace of the node',
    )
    autostart: bool = setting(
        False, 'Whether the node configures and activates itself when it starts'
    )
    image_transport: str = setting(
        'raw', 'Which kind of image topic is read', choices=('raw', 'compressed')
    )
    image_reliable: bool = setting(
        True,
        'Read pictures reliably from drivers that offer it, which large pictures need; '
        'false: best effort from the start, as for a camera behind a bad network',
    )
    ros4hri: bool = setting(True, 'Publish faces and their expressions on humans/faces as well')
    publish_rate: float = setting(
        10.0, 'Mean rate of emotion, also when nobody is there', unit='Hz', ge=0.5, le=100.0
    )
    absent_after: float = setting(
        0.7,
        'Time without any new input after which nobody is reported; longer than voice.hop',
        unit='s',
        ge=0.1,
        le=60.0,
        live=True,
    )
    budget: BudgetConfig = group(BudgetConfig)
    watchdog: WatchdogConfig = group(WatchdogConfig)

    def __post_init__(self) -> None:
        _check_streams(self.streams)
        if self.absent_after <= self.voice.hop:
            raise ConfigError(
                f'absent_after: {self.absent_after:g} s must be longer than voice.hop, '
                f'{self.voice.hop:g} s, or a voice without a face comes and goes'
            )


def _check_streams(names: tuple[str, ...]) -> None:
    for name in names:
        if not re.fullmatch(r'[A-Za-z]\w*(/[A-Za-z]\w*)*', name, re.ASCII):
            raise ConfigError(
                f"streams: {name!r} is no namespace; write 'robot1' or 'robot1/left', of letters, "
                'digits and _'
            )
    if len(set(names)) < len(names):
        raise ConfigError(f'streams: a name is there twice in {", ".join(names)}')
