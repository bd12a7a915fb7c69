"""Tables of answers in the user's cache: to make one, a network goes through a whole corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from fer_ros.evaluation.fusion_tables import Table
from fer_ros.resources import cache_folder
from fer_ros.writing import whole


def cached(name: str, told: str, make: Callable[[], Table]) -> Table:
    """The table from the cache, or made and kept there.

    ``told`` says all that the answers depend on; ``name`` is for people who look at the files.
    """
    key = hashlib.sha256(told.encode()).hexdigest()[:16]
    path = cache_folder() / 'fusion' / f'{name}_{key}.npz'
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        table = make()
        with whole(path) as partial:
            np.savez(partial, **vars(table))
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files if name != 'step_s'}
        return Table(**arrays, step_s=float(stored['step_s']))
