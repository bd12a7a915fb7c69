"""A thread that beats on, whatever the callbacks of a node wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Heartbeat:
    """Calls a function again and again; it is not a timer of ROS, because those wait in line."""

    def __init__(
        self, beat: Callable[[], float], on_error: Callable[[str, Exception], None]
    ) -> None:
        """``beat`` returns after how many seconds it wants to be called again.

        If it raises, ``on_error`` is told, and it is called again after a second.
        """
        self._beat = beat
        self._on_error = on_error
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name='heartbeat', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the beat that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            try:
                wait_s = self._beat()
            except Exception as error:  # nothing may end the heartbeat
                self._on_error('heartbeat', error)
                wait_s = 1.0
