"""Perception on a looped recording for a long time, with faults mixed in at random.

usage: make soak MINUTES=60

Quiet stretches of good input alternate with faults of the suite.  Writes soak.csv, soak.png and
verdict.md; the last line says whether it is passed, and the exit code is 1 where it is not.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from fault_docs import DOCS, put_into
from fault_robot import Robot
from fault_senses import Material, image_of, sample_recording
from fault_table import Fault
from ros_graph import stamp_ns
from soak_verdict import Limits, Stretch, conclusion, markdown, verdict, write_csv

from fer_ros import dds

HEARTBEAT_HZ = 10.0
FPS = 10.0
LONG = Limits(memory=0.02, latency_ms=5.0)
BRIEF = Limits(memory=0.05, latency_ms=15.0)
"""For a soak below LONG_MINUTES, in which what an allocator keeps may look like growth."""
LONG_MINUTES = 30.0
FAULT_S = 5.0
"""What a fault takes, on the average."""
ROUNDS = 3
"""How often each fault comes at least, so that what the first time takes is told from a leak."""


class Soak:
    """One perception node, the recording, and what is measured of both."""

    def __init__(self, robot: Robot, frames: list, clock: Callable[[], float]) -> None:
        self._robot = robot
        self._frames = frames
        self._clock = clock
        self._start_s = clock()
        self._number = 0
        self.stretches: list[Stretch] = []

    def quiet(self, length_s: float, fault: str, failed: str) -> None:
        """Good input for so long, and what came of it."""
        robot, senses = self._robot, self._robot.senses
        self._settle()
        received = self._received()
        sent, pictures = senses.sound_sent, len(senses.sent_ns)
        first_beat, first_face = len(robot.emotion), len(robot.face)
        began_s = self._clock()
        senses.on()
        senses.fps, senses.camera = FPS, self._next_picture
        robot.wait_s(length_s)
        senses.off()
        beats = robot.emotion.arrived_ns[first_beat:]
        lasted_s = self._clock() - began_s
        pictures = len(senses.sent_ns) - pictures
        latencies = self._latencies(first_beat)
        self._settle()
        pid = robot.process.pid
        self.stretches.append(
            Stretch(
                at_s=round(self._clock() - self._start_s, 1),
                memory_mb=round(robot.memory_mb(), 2),
                shared_mb=round(robot.shared_memory_mb(), 2),
                threads=len(os.listdir(f'/proc/{pid}/task')),
                files=len(os.listdir(f'/proc/{pid}/fd')),
                latency_p50_ms=round(float(np.percentile(latencies, 50)), 1),
                latency_p95_ms=round(float(np.percentile(latencies, 95)), 1),
                pictures_sent=pictures,
                faces=len(robot.face) - first_face,
                sound_sent=senses.sound_sent - sent,
                sound_received=self._received() - received,
                beats=len(beats),
                length_s=round(lasted_s, 2),
                longest_silence_ms=round(float(max(np.diff(beats), default=0)) / 1e6, 1),
                load=os.getloadavg()[0],
                fault=fault,
                failed=failed,
            )
        )
        robot.forget()

    def inject(self, fault: Fault) -> str:
        """Do a fault; what was not as expected, or ''."""
        try:
            fault.inject(self._robot)
            self._robot.alive()
        except (Exception, pytest.fail.Exception) as error:
            self._robot.senses.off()
            self._robot.check()
            return (str(error).splitlines() or [repr(error)])[0]
        return ''

    def _settle(self) -> None:
        """Until what is under way has arrived and is counted, which takes a busy machine long."""
        self._robot.diagnosed_now()
        counts = [-1, self._received()]
        while counts[-1] != counts[-2]:
            self._robot.beats(2)
            self._robot.diagnosed_now()
            counts.append(self._received())

    def _received(self) -> int:
        """Chunks of sound, as the node counts them."""
        return int(self._robot.values('audio')['received'])

    def _next_picture(self, at_ns: int):
        self._number = (self._number + 1) % len(self._frames)
        return image_of(self._frames[self._number], stamp_ns=at_ns)

    def _latencies(self, first: int) -> list[float]:
        """Milliseconds from the stamp of each picture to its first appearance on emotion."""
        robot = self._robot
        arrived: dict[int, int] = {}
        for message, arrived_ns in zip(
            robot.emotion[first:], robot.emotion.arrived_ns[first:], strict=False
        ):
            stamp = stamp_ns(message)
            if message.expression and stamp in robot.senses.sent_ns:
                arrived.setdefault(stamp, arrived_ns)
        return [(arrived_ns - stamp) / 1e6 for stamp, arrived_ns in arrived.items()] or [np.nan]


def soak(
    seconds: float,
    quiet_s: float,
    faults: Iterable[Fault],
    seed: int,
    report: Callable[[Stretch], None] = lambda stretch: None,
    parameters: dict | None = None,
    env: Mapping[str, str] | None = None,
) -> list[Stretch]:
    """Run it; the faults come in an order that the seed decides, each before any comes again."""
    frames, sound = sample_recording(FPS)
    robot = Robot(Material(frames[len(frames) // 8], sound), parameters, env)
    random = np.random.default_rng(seed)
    try:
        robot.alive()
        course = Soak(robot, frames, time.monotonic)
        chosen = enough_for(seconds, quiet_s, list(faults), random)
        waiting: list[Fault] = []
        name = failed = ''
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            course.quiet(quiet_s, name, failed)
            report(course.stretches[-1])
            if not waiting:
                waiting = shuffled(chosen, random)
            fault = waiting.pop()
            name, failed = fault.name, course.inject(fault)
        return course.stretches
    finally:
        robot.close()


def enough_for(seconds: float, quiet_s: float, faults: list, random: np.random.Generator) -> list:
    """As many of the faults as can come ROUNDS times in so long, at least two."""
    count = int(seconds / (quiet_s + FAULT_S) / ROUNDS)
    return shuffled(faults, random)[: max(2, count)]


def shuffled(faults: list, random: np.random.Generator) -> list:
    """The same in another order."""
    return [faults[number] for number in random.permutation(len(faults))]


def picture(path: Path, stretches: list[Stretch]) -> None:
    """Memory, latency and the load of the machine over time."""
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    minutes = [stretch.at_s / 60 for stretch in stretches]
    figure, axes = pyplot.subplots(3, 1, figsize=(9, 7), sharex=True)
    axes[0].plot(minutes, [s.memory_mb for s in stretches], label='of the process')
    axes[0].plot(minutes, [s.shared_mb for s in stretches], label='shared with senders')
    axes[0].set(ylabel='memory [MB]', ylim=(0, 1.1 * max(s.memory_mb for s in stretches)))
    axes[0].legend(loc='center right')
    axes[1].plot(minutes, [s.latency_p50_ms for s in stretches], label='p50')
    axes[1].plot(minutes, [s.latency_p95_ms for s in stretches], label='p95', alpha=0.6)
    axes[1].set(ylabel='stamp to emotion [ms]', ylim=(0, None))
    axes[1].legend()
    axes[2].plot(minutes, [s.load for s in stretches], label='load of the machine')
    axes[2].plot(minutes, [s.threads for s in stretches], label='threads')
    axes[2].plot(minutes, [s.files for s in stretches], label='open files')
    axes[2].set(xlabel='minutes', ylim=(0, None))
    axes[2].legend(loc='center right')
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def all_faults() -> list[Fault]:
    """Those of the suite that are done to one running node."""
    import test_changed_parameters
    import test_disturbed_streams
    import test_faulty_pictures
    import test_faulty_sound
    import test_faulty_stamps
    import test_odd_lifecycle

    return [
        *test_faulty_pictures.FAULTS,
        *test_faulty_sound.FAULTS,
        *test_faulty_stamps.FAULTS,
        *test_disturbed_streams.FAULTS,
        *test_changed_parameters.FAULTS,
        *test_odd_lifecycle.FAULTS,
    ]


def quick_faults() -> list[Fault]:
    """Those that take a moment."""
    import test_changed_parameters
    import test_faulty_pictures
    import test_faulty_sound
    import test_faulty_stamps

    wanted = {'data cut off', 'encoding unknown', 'mono8', 'NaN', 'chunk of 10 MB', 'zero'}
    wanted |= {'silence', '10 s back and forth', 'text for a number', 'infinity'}
    modules = test_faulty_pictures, test_faulty_sound, test_faulty_stamps, test_changed_parameters
    return [fault for module in modules for fault in module.FAULTS if fault.name in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float, default=60.0)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--quiet', type=float, default=8.0, help='seconds of good input at a time')
    parser.add_argument('--out', type=Path, default=Path('build/soak'))
    parser.add_argument('--docs', action='store_true', help='put it into docs/reliability.md, too')
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    # as a camera driver should: readers that are killed keep some of the room of who sends;
    # perception has no such room, as it sends none
    own = dict.fromkeys(dds.VARIABLES, '') if dds.make_room_for_pictures() else {}
    rows: list[Stretch] = []

    def report(stretch: Stretch) -> None:
        rows.append(stretch)
        write_csv(given.out / 'soak.csv', rows)
        print(
            f'{stretch.at_s / 60:5.1f} min  {stretch.memory_mb:6.1f} MB  '
            f'{stretch.latency_p50_ms:5.0f} ms  {stretch.faces:3d} faces  '
            f'{stretch.fault} {stretch.failed}',
            flush=True,
        )

    soak(60.0 * given.minutes, given.quiet, all_faults(), given.seed, report, env=own)
    limits = LONG if given.minutes >= LONG_MINUTES else BRIEF
    checks = verdict(rows, limits, HEARTBEAT_HZ)
    said = f'{conclusion(checks, rows)}\n\n{markdown(checks)}'
    picture(given.out / 'soak.png', rows)
    (given.out / 'verdict.md').write_text(said, encoding='utf-8')
    if given.docs:
        picture(DOCS / 'soak.png', rows)
        put_into(DOCS / 'reliability.md', 'soak', said)
    print(f'\n{markdown(checks)}\nwritten: {given.out}\n{conclusion(checks, rows)}')
    return 0 if all(check.is_ok for check in checks) else 1


if __name__ == '__main__':
    sys.exit(main())
