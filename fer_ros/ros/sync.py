"""A filter for message_filters: pictures with the sound before them.

message_filters' own synchronizers pair messages one to one, which drops all sound but one chunk
for each picture.  This filter fits into the same chains and calls back with a picture and its
whole window of sound.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from message_filters import SimpleFilter

from fer_ros.alignment import Aligner
from fer_ros.decode import DecodeError, decode_audio
from fer_ros.decode.fields import stamp_ns
from fer_ros.types import NS_PER_S, AudioWindow


class AudioWindowFilter(SimpleFilter):
    """Calls back with (message, AudioWindow) for each message of the picture's filter.

    The messages keep their order, and no lock is held while a callback runs.  A callback that
    raises keeps nothing from other callbacks and no later message from any: all that is ready is
    called back with, then the first error is raised to the filter that fed this one.
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
        image_offset_s: float = 0.0,
        audio_offset_s: float = 0.0,
        on_error: Callable[[DecodeError], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Listen to ``image``, any messages with a header, and to ``audio`` of either family.

        ``audio_info`` is needed for ros-drivers' AudioDataStamped only.  ``rate_hz`` and
        ``window_s`` of the windows; ``max_wait_s`` for sound that is late.  The offsets are added
        to the stamps.  ``on_error`` hears of messages that cannot be read, which are left out.
        ``clock`` in seconds measures the waiting.
        """
        super().__init__()
        self._aligner: Aligner[Any] = Aligner(rate_hz, window_s, max_wait_s, clock=clock)
        self._image_offset_ns = round(image_offset_s * NS_PER_S)
        self._audio_offset_ns = round(audio_offset_s * NS_PER_S)
        self._on_error = on_error
        self._info: Any | None = None
        self._lock = threading.Lock()
        self._outbox: deque[tuple[Any, AudioWindow]] = deque()
        self._delivering = False
        image.registerCallback(self._on_image)
        audio.registerCallback(self._on_audio)
        if audio_info is not None:
            audio_info.registerCallback(self._on_info)

    def flush(self) -> None:
        """Call back with all pictures that still wait: no message will come any more."""
        self._deliver(self._aligner.flush)

    def _on_info(self, message: Any) -> None:
        self._info = message

    def _on_image(self, message: Any) -> None:
        try:
            captured_ns = stamp_ns(message) + self._image_offset_ns
        except DecodeError as error:
            self._report(error)
        else:
            self._deliver(partial(self._aligner.add, captured_ns, message))

    def _on_audio(self, message: Any) -> None:
        try:
            chunk = decode_audio(message, self._info)
        except DecodeError as error:
            self._report(error)
        else:
            moved = replace(chunk, stamp_ns=chunk.stamp_ns + self._audio_offset_ns)
            self._deliver(partial(self._aligner.add_audio, moved))

    def _deliver(self, take: Callable[[], list[tuple[Any, AudioWindow]]]) -> None:
        """Call back in order with what ``take`` gives: one thread delivers for all."""
        with self._lock:
            self._outbox.extend(take())
            if self._delivering:
                return
            self._delivering = True
        first_error: Exception | None = None
        try:
            while (item := self._next()) is not None:
                error = self._call_back(*item)
                first_error = first_error or error
        except BaseException:
            with self._lock:
                self._delivering = False
            raise
        if first_error is not None:
            raise first_error

    def _call_back(self, message: Any, window: AudioWindow) -> Exception | None:
        """Tell everybody; the first error of a callback."""
        first_error: Exception | None = None
        for callback, args in list(self.callbacks.values()):
            try:
                callback(message, window, *args)
            except Exception as error:  # a callback of others may fail in any way
                first_error = first_error or error
        return first_error

    def _next(self) -> tuple[Any, AudioWindow] | None:
        with self._lock:
            if self._outbox:
                return self._outbox.popleft()
            self._delivering = False
            return None

    def _report(self, error: DecodeError) -> None:
        if self._on_error is not None:
            self._on_error(error)
