"""What ``fer-ros doctor`` says of one thing that it looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for."""

    area: str
    name: str
    found: bool
    """Whether it is there, or as it should be."""
    detail: str
    """What was found, or what is wrong."""
    remedy: str = ''
    essential: bool = False
    """Whether nothing works without it."""
