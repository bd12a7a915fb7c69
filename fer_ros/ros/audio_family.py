"""Which of the two packages named audio_common_msgs this machine has.

They define different messages under one name, so a machine has at most one of them.
"""

from __future__ import annotations

import importlib
from typing import Any

STAMPED = 'ros-drivers'
"""AudioDataStamped, with rate and format in a latched AudioInfo beside it."""
COMPLETE = 'mgonzs13'
"""AudioStamped, which carries rate and format itself."""


def messages() -> Any | None:
    """The module audio_common_msgs.msg, None where it is not installed."""
    try:
        return importlib.import_module('audio_common_msgs.msg')
    except ImportError:
        return None


def family(module: Any | None) -> str | None:
    """STAMPED, COMPLETE, or None."""
    if hasattr(module, 'AudioDataStamped'):
        return STAMPED
    if hasattr(module, 'AudioStamped'):
        return COMPLETE
    return None
