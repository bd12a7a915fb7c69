"""A split by speaker for corpora that publish none.

It follows from the speakers' names alone, so it is the same on every machine and does not change
when a clip is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

SHARE = 0.15
"""Of the speakers of each sex, so many validate and as many test, at least one of each."""
FEWEST = 3
"""Speakers of one sex needed for that; fewer are all trained on."""


def derived_split(sexes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Speakers of 'train', 'val' and 'test' from the sex of each speaker ('' where unknown)."""
    sides: dict[str, set[str]] = {'train': set(), 'val': set(), 'test': set()}
    for sex in set(sexes.values()):
        speakers = sorted((name for name in sexes if sexes[name] == sex), key=_rank)
        measured = max(1, round(SHARE * len(speakers))) if len(speakers) >= FEWEST else 0
        sides['test'].update(speakers[:measured])
        sides['val'].update(speakers[measured : 2 * measured])
        sides['train'].update(speakers[2 * measured :])
    return {side: frozenset(speakers) for side, speakers in sides.items()}


def _rank(speaker: str) -> str:
    return hashlib.sha256(speaker.encode()).hexdigest()
