"""Models that several streams of one process use together, each in memory once."""

from __future__ import annotations

import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from fer_ros import cards
from fer_ros.batching import JoinedCalls
from fer_ros.models import LoadBackbone, load_backbone


class _Place:
    """Where one model with its settings is kept as long as somebody uses it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held while it loads, so that those who want the same wait for it."""
        self.backbone: Callable[[], Any] = lambda: None
        """Gives the backbone, None where nobody uses it any more."""


class SharedBackbones:
    """Loads a backbone for whoever comes first, and gives it to those who want the same.

    The same are those of one card, on one device, with the same other settings.  Their calls are
    joined.  A backbone is freed once nobody refers to it.
    """

    def __init__(
        self,
        hung_s: Callable[[], float],
        load: LoadBackbone = load_backbone,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``hung_s()`` is how long a call may take before nobody else is given the backbone."""
        self._hung_s = hung_s
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._places: defaultdict[tuple[Any, ...], _Place] = defaultdict(_Place)

    def load(self, kind: str, name: str, *settings: Any) -> Any:
        """As models.load_backbone(), in any thread.

        Where the one that is there hangs, another is loaded, which from then on is the shared one.
        """
        card = cards.find(name)
        with self._lock:
            place = self._places[(kind, repr(card), *settings)]
        with place.lock:
            backbone = place.backbone()
            if backbone is None or backbone.infer.running_s >= self._hung_s():
                backbone = self._load(kind, name, *settings)
                # nobody else has it yet; whatever more a plugin offers stays as it is
                backbone.infer = JoinedCalls(backbone.infer, self._clock)
                place.backbone = weakref.ref(backbone)
            return backbone
