"""A source for those without drivers: a camera and microphone, or any file, as topics.

The stamps are those of capture.  A file plays as if a camera and a microphone recorded it just
now: picture and sound share one origin, and each message is sent when a driver would send it.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher

from fer_ros import dds, playback
from fer_ros.capture import CaptureError, camera_frames, merged, microphone_chunks
from fer_ros.companion_config import MediaConfig
from fer_ros.playback import Sample
from fer_ros.ros import process
from fer_ros.ros.media_publish import CompressedImages, RawImages, audio_publisher
from fer_ros.ros.params import Parameters
from fer_ros.sources import MediaError, open_media, sample_path
from fer_ros.types import Frame

POLL_S = 0.02
LAST_WORD = Duration(seconds=2.0)
"""How long readers have to take the end of a clip."""


class MediaNode(Node):
    """Publishes image, audio and audio_info."""

    def __init__(self) -> None:
        super().__init__('media')
        self._config = config = Parameters(self, MediaConfig).config
        self._images: RawImages | CompressedImages = (
            CompressedImages(self, config.jpeg_quality)
            if config.image_transport == 'compressed'
            else RawImages(self)
        )
        self._audio = audio_publisher(self, config.audio_frame_id)
        self._wait = threading.Event().wait  # never set: a sleep that a signal ends

    def play(self) -> int:
        """Publish until the source ends; returns the exit code of the process."""
        try:
            is_device = Path(self._config.source).is_char_device()
            for sample in self._live() if is_device else self._file():
                self._publish(sample)
        except (MediaError, CaptureError) as error:
            self.get_logger().fatal(str(error))
            return 1
        for publisher in self._publishers_of_samples():
            publisher.wait_for_all_acked(LAST_WORD)  # what is under way would be lost with us
        return 0

    def _file(self) -> Iterator[Sample]:
        config = self._config
        path = sample_path() if config.source == 'sample' else Path(config.source).expanduser()
        samples = playback.from_zero(partial(open_media, path), config.loop)
        samples = playback.as_devices_give(samples, config.chunk)
        samples = playback.at_speed(samples, config.rate)
        first = next(samples, None)  # a broken file shows before anybody waits for it
        if first is None:
            raise MediaError(f'{path}: neither pictures nor sound in it')
        self._wait_for_listeners()
        self.get_logger().info(f'playing {path}')
        origin_ns, started_ns = self._now_ns(), time.monotonic_ns()
        due = playback.paced(
            itertools.chain((first,), samples),
            lambda: time.monotonic_ns() - started_ns,
            self._wait,
        )
        for sample in due:
            yield replace(sample, stamp_ns=origin_ns + sample.stamp_ns)

    def _live(self) -> Iterator[Sample]:
        config = self._config
        sources: dict[str, Callable[[], Iterator[Sample]]] = {
            'camera': lambda: camera_frames(
                config.source,
                config.width,
                config.height,
                config.fps,
                config.frame_id,
                self._now_ns,
            )
        }
        if config.microphone != 'none':
            sources['microphone'] = lambda: microphone_chunks(
                config.microphone, config.chunk, self._now_ns
            )
        yield from merged(sources, self._on_device_error, self._on_device_return)
        raise CaptureError('no device is left')

    def _on_device_error(self, name: str, error: CaptureError) -> None:
        self.get_logger().error(f'no {name}: {error}')

    def _on_device_return(self, name: str) -> None:
        self.get_logger().info(f'{name} is back')

    def _publish(self, sample: Sample) -> None:
        if isinstance(sample, Frame):
            self._images.publish(replace(sample, frame_id=self._config.frame_id))
        elif self._audio is not None:
            self._audio.publish(sample)

    def _publishers_of_samples(self) -> list[Publisher]:
        return [out.publisher for out in (self._images, self._audio) if out is not None]

    def _wait_for_listeners(self) -> None:
        """The beginning of a file must not be lost while readers and writers find each other."""
        publishers = self._publishers_of_samples()
        give_up_s = time.monotonic() + self._config.wait
        while time.monotonic() < give_up_s:
            if all(publisher.get_subscription_count() for publisher in publishers):
                return
            self._wait(POLL_S)

    def _now_ns(self) -> int:
        return self.get_clock().now().nanoseconds


def main(args: Sequence[str] | None = None) -> int:
    """Play the source that the parameters name."""
    dds.make_room_for_pictures()
    return process.run('media', MediaNode, MediaNode.play, args)


if __name__ == '__main__':
    sys.exit(main())
