"""A camera and a microphone for `fer-ros bench node`: real faces and a real voice at their pace.

Runs in a process of its own and stamps every picture with the time at which it begins to be sent.
Prints one line of JSON when the warm-up is over and one when all has been sent.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import rclpy
from rclpy.node import Node

from fer_ros import dds
from fer_ros.benchmarks.cases import add_cases, cases
from fer_ros.benchmarks.messages import JPEG, JPEG_QUALITY
from fer_ros.benchmarks.processes import usage
from fer_ros.benchmarks.scenes import FRAME_ID, Scene, default_detector, read_clip, sound
from fer_ros.benchmarks.stream import Case
from fer_ros.ros.media_publish import CompressedImages, RawImages, audio_publisher
from fer_ros.sources import sample_path
from fer_ros.types import NS_PER_S, Frame, read_only

ENCODINGS = ('rgb8', JPEG)
DDS = ('pictures', 'default')
"""As our media node sends, or as a driver does for which nothing was set."""
WARM_UP_S = 3.0
"""Long enough for a whole window of sound."""
_PICTURES = 32
"""Composed before, because that would disturb what is measured."""
_CONNECT_S = 20.0


class PlayerError(RuntimeError):
    """Nobody reads the pictures."""


class Player:
    """Publishes one stream."""

    def __init__(self, node: Node, case: Case, clip_path: Path) -> None:
        clip = read_clip(clip_path, default_detector().detect)
        scene = Scene(clip, case.faces, case.width, case.height)
        self._case = case
        self._pictures = [read_only(scene.image(n / case.fps)) for n in range(_PICTURES)]
        if case.encoding == JPEG:
            self._camera = CompressedImages(node, JPEG_QUALITY)
        else:
            self._camera = RawImages(node)
        self._microphone = audio_publisher(node, 'microphone')
        self._clip = clip

    def wait_for_readers(self) -> None:
        """Raises PlayerError where nobody comes."""
        end_s = time.monotonic() + _CONNECT_S
        while not self._camera.publisher.get_subscription_count():
            if time.monotonic() > end_s:
                raise PlayerError(f'nobody has read the pictures for {_CONNECT_S:g} s')
            time.sleep(0.05)

    def play(self) -> None:
        """Send it all."""
        case = self._case
        start_ns = time.time_ns()
        chunks = deque(sound(self._clip, start_ns, case.seconds + WARM_UP_S))
        stamps: list[int] = []
        late_ns: list[int] = []
        before = usage()
        for number in range(round((case.seconds + WARM_UP_S) * case.fps)):
            due_ns = start_ns + round(number * NS_PER_S / case.fps)
            while chunks and chunks[0].end_ns <= due_ns:
                _sleep_until(chunks[0].end_ns)
                chunk = chunks.popleft()
                if self._microphone is not None:
                    self._microphone.publish(chunk)
            if number == round(WARM_UP_S * case.fps):
                before = usage()
                _tell({'counting': True})
            _sleep_until(due_ns)
            stamp_ns = time.time_ns()
            picture = self._pictures[_forth_and_back(number)]
            self._camera.publish(Frame(stamp_ns, FRAME_ID, picture))
            if number >= round(WARM_UP_S * case.fps):
                stamps.append(stamp_ns)
                late_ns.append(stamp_ns - due_ns)
        cpu_s = usage().cpu_s - before.cpu_s
        _tell({'stamps': stamps, 'late_ns': late_ns, 'cpu_share': cpu_s / case.seconds})


def _forth_and_back(number: int) -> int:
    last = _PICTURES - 1
    return last - abs(last - number % (2 * last))


def _sleep_until(due_ns: int) -> None:
    wait_ns = due_ns - time.time_ns()
    if wait_ns > 0:
        time.sleep(wait_ns / NS_PER_S)


def _tell(told: dict[str, object]) -> None:
    print(json.dumps(told), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Play the one stream of the arguments."""
    parser = argparse.ArgumentParser()
    add_cases(parser, ENCODINGS)
    parser.add_argument('--clip', type=Path)
    parser.add_argument('--dds', choices=DDS, default=DDS[0])
    args = parser.parse_args(argv)
    (case,) = cases(args)
    if args.dds == 'pictures':
        dds.make_room_for_pictures()
    rclpy.init(args=[])
    node = Node('bench_player')
    player = Player(node, case, args.clip or sample_path())
    player.wait_for_readers()
    player.play()
    time.sleep(1.0)  # what is still on its way goes with the process
    rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
