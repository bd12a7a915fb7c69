"""A camera (through PyAV's v4l2 input) and a microphone (through PortAudio) as samples.

Their stamps say when the light or the sound arrived, as the drivers tell it, not when the program
came round to reading it.  ``now_ns`` is the clock that the stamps shall be in.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import av
import numpy as np

from fer_ros.playback import Sample
from fer_ros.types import NS_PER_S, AudioChunk, Frame, read_only

Clock = Callable[[], int]
QUEUE_SIZE = 64
RETRY_S = 1.0
"""How often a device that was unplugged is looked for."""
MAX_ADC_AGE_S = 2.0
"""Some sound servers give times of another clock; an age beyond this is not believed."""


class CaptureError(RuntimeError):
    """A device that is missing, busy, or was unplugged."""


def camera_frames(
    device: str, width: int, height: int, fps: float, frame_id: str, now_ns: Clock
) -> Iterator[Frame]:
    """Pictures of a v4l2 device; 0 leaves the size or the rate to the camera.

    Raises CaptureError when the device cannot be opened or stops.
    """
    options = {'timestamps': 'abs'}  # the kernel's time of capture, as wall-clock time
    if width and height:
        options['video_size'] = f'{width}x{height}'
    if fps:
        options['framerate'] = f'{fps:g}'
    try:
        with av.open(device, format='v4l2', options=options) as container:
            for picture in container.decode(video=0):
                if picture.pts is None or picture.time_base is None:
                    continue
                captured_ns = int(picture.pts * picture.time_base * NS_PER_S)
                age_ns = max(0, time.time_ns() - captured_ns)
                image = read_only(picture.to_ndarray(format='rgb24').astype(np.uint8, copy=False))
                yield Frame(now_ns() - age_ns, frame_id, image)
    except OSError as error:  # those of FFmpeg are OSErrors too
        raise CaptureError(f'camera {device}: {error.strerror or error}') from error
    raise CaptureError(f'camera {device}: no more pictures')


def microphone_chunks(device: str, chunk_s: float, now_ns: Clock) -> Iterator[AudioChunk]:
    """Sound of an input device at its own rate; 'default' or a part of its name.

    Raises CaptureError when there is none.
    """
    try:
        import sounddevice
    except OSError as error:
        raise CaptureError(
            f'microphone: {error}; install it with: sudo apt install libportaudio2'
        ) from error
    name = None if device == 'default' else device
    chunks: queue.Queue[AudioChunk] = queue.Queue(QUEUE_SIZE)
    try:
        rate_hz = int(sounddevice.query_devices(name, 'input')['default_samplerate'])

        def store(data: Any, count: int, times: Any, status: Any) -> None:
            """Called by PortAudio, which must not wait: with a full queue the sound is lost."""
            age_s = times.currentTime - times.inputBufferAdcTime
            if not 0 < age_s < MAX_ADC_AGE_S:
                age_s = count / rate_hz + stream.latency
            stamp_ns = now_ns() - round(age_s * NS_PER_S)
            samples = read_only(np.array(data[:, 0], dtype=np.float32))
            if not chunks.full():
                chunks.put_nowait(AudioChunk(stamp_ns, rate_hz, samples))

        stream = sounddevice.InputStream(
            device=name,
            channels=1,
            samplerate=rate_hz,
            dtype='float32',
            blocksize=round(chunk_s * rate_hz),
            callback=store,
        )
        with stream:
            while stream.active:
                try:
                    yield chunks.get(timeout=1.0)
                except queue.Empty:
                    continue
    except (sounddevice.PortAudioError, ValueError) as error:
        raise CaptureError(f'microphone {device}: {error}') from error
    raise CaptureError(f'microphone {device}: it stopped')


def merged(
    sources: Mapping[str, Callable[[], Iterator[Sample]]],
    on_error: Callable[[str, CaptureError], None],
    on_return: Callable[[str], None] = lambda name: None,
    retry_s: float = RETRY_S,
) -> Iterator[Sample]:
    """What several devices give, each read in its own thread, until none is left.

    A device that gave something and fails was unplugged: it is opened again every ``retry_s``
    until it is back.  One that cannot be opened in the first place is left out.  ``on_error`` is
    told the name of a source that failed, once, and ``on_return`` that of one that is back.
    """
    samples: queue.Queue[Sample | None] = queue.Queue(QUEUE_SIZE)
    stopping = threading.Event()

    def read(name: str, open_source: Callable[[], Iterator[Sample]]) -> None:
        given = _opened_again(
            open_source,
            partial(on_error, name),
            partial(on_return, name),
            lambda: stopping.wait(retry_s),
        )
        try:
            for sample in given:
                samples.put(sample)
                if stopping.is_set():
                    return
        finally:
            samples.put(None)

    for name, open_source in sources.items():
        thread = threading.Thread(target=read, args=(name, open_source), name=name, daemon=True)
        thread.start()
    running = len(sources)
    try:
        while running:
            sample = samples.get()
            if sample is None:
                running -= 1
            else:
                yield sample
    finally:
        stopping.set()


def _opened_again(
    open_source: Callable[[], Iterator[Sample]],
    on_error: Callable[[CaptureError], None],
    on_return: Callable[[], None],
    wait: Callable[[], bool],
) -> Iterator[Sample]:
    """What a device gives, which is opened again unless it has never worked.

    ``wait`` waits before that, and says whether to give it up.
    """
    has_worked = is_gone = False
    while True:
        try:
            for sample in open_source():
                if is_gone:
                    on_return()
                has_worked, is_gone = True, False
                yield sample
        except CaptureError as error:
            if not is_gone:
                on_error(error)
            is_gone = True
        if not has_worked or wait():
            return
