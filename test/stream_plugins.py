"""A face network that says in the node's output when it is loaded, hangs, and is freed."""

from __future__ import annotations

import weakref
from typing import Any

import ros_fakes
import switched_plugins

from fer_ros.types import FloatArray, ImageArray


class TellingReader(ros_fakes.ColourReader):
    """ColourReader, when it is let."""

    def __init__(self, config: Any, card: Any, device: str) -> None:
        print('network loaded', flush=True)
        weakref.finalize(self, print, 'network freed', flush=True)

    def infer(self, crops: ImageArray) -> tuple[FloatArray, FloatArray]:
        if len(crops):
            switched_plugins.obey()
        return super().infer(crops)
