"""A filter for message_filters: pictures with the sound before them.

message_filters' own synchronizers pair messages one to one, which drops all sound but one chunk
for each picture.  This filter fits into the same chains and calls back with a picture and its
whole window of sound.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from message_filters import SimpleFilter

from fer_ros.alignment import Aligner
from fer_ros.decode import DecodeError, decode_audio
from fer_ros.decode.fields import stamp_ns
from fer_ros.types import AudioWindow


class AudioWindowFilter(SimpleFilter):
    """Calls back with (message, AudioWindow) for each message of the picture's filter.

    The messages keep their order.  A callback that raises harms no later message, and no lock is
    held while it runs.
    """

    def __init__(
        self,
        *,
        image: SimpleFilter,
        audio: SimpleFilter,
        audio_info: SimpleFilter | None = None,
        rate_hz: int = 16000,
        window_s: float = 3.0,
        max_wait_s: float = 0.2,
        on_error: Callable[[DecodeError], None] | None = None,
    ) -> None:
        """``audio_info`` is needed for ros-drivers' AudioDataStamped only.

        ``rate_hz`` and ``window_s`` of the windows; ``max_wait_s`` for sound that is late.
        ``on_error`` hears of messages that cannot be read, which are left out.
        """
        super().__init__()
        self._aligner: Aligner[Any] = Aligner(rate_hz, window_s, max_wait_s)
        self._on_error = on_error
        self._info: Any | None = None
        self._lock = threading.Lock()
        self._outbox: deque[tuple[Any, AudioWindow]] = deque()
        self._delivering = False
        image.registerCallback(self._on_image)
        audio.registerCallback(self._on_audio)
        if audio_info is not None:
            audio_info.registerCallback(self._on_info)

    def _on_info(self, message: Any) -> None:
        self._info = message

    def _on_image(self, message: Any) -> None:
        try:
            ready = self._aligner.add(stamp_ns(message), message)
        except DecodeError as error:
            self._report(error)
        else:
            self._deliver(ready)

    def _on_audio(self, message: Any) -> None:
        try:
            chunk = decode_audio(message, self._info)
        except DecodeError as error:
            self._report(error)
        else:
            self._deliver(self._aligner.add_audio(chunk))

    def _deliver(self, ready: list[tuple[Any, AudioWindow]]) -> None:
        """Call back in order: one thread delivers what all threads found ready."""
        with self._lock:
            self._outbox.extend(ready)
            if self._delivering:
                return
            self._delivering = True
        try:
            while (item := self._next()) is not None:
                self.signalMessage(*item)
        except BaseException:
            with self._lock:
                self._delivering = False
            raise

    def _next(self) -> tuple[Any, AudioWindow] | None:
        with self._lock:
            if self._outbox:
                return self._outbox.popleft()
            self._delivering = False
            return None

    def _report(self, error: DecodeError) -> None:
        if self._on_error is not None:
            self._on_error(error)
