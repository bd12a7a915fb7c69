"""What an example of a data set may say beside what every one must; see protocols.Dataset."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np


def label_of(example: Mapping[str, Any]) -> int:
    """The number of its label, by its target where it states none; -1 for one not to count."""
    return int(example.get('label', np.argmax(example['target'])))


def subsets_of(example: Mapping[str, Any]) -> Set[str]:
    """The names of the parts of a split that it belongs to and that are also reported alone."""
    return frozenset(example.get('subsets', ()))
