"""Plugins that fail in every way a plugin can."""

from __future__ import annotations

from dataclasses import dataclass

import ros_fakes


@dataclass(frozen=True)
class NoSettings:
    """None."""


class Detector(ros_fakes.BrightDetector):
    """Works."""

    Config = NoSettings
