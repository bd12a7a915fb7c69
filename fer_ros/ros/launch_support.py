"""What our launch files share: names of topics, and exit codes that tell the truth.

The exit code of a launch says nothing of its processes, but an exception in a handler makes it 1;
so that is how a launch fails here.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches

from launch import Action, LaunchContext
from launch.actions import EmitEvent, LogInfo, RegisterEventHandler, Shutdown
from launch.event_handlers import OnProcessExit, OnProcessStart
from launch.events import matches_action
from launch.events.process import ProcessExited, ProcessStarted, SignalProcess
from launch_ros.actions import Node

_SUBTOPICS = {
    'image': ('compressed',),
    'emotion': ('scores', 'weights', 'face', 'voice', 'debug_image'),
}

_ALIKE = 0.85
"""How alike names are of which one is a slip; ros_namespace, which launch has, is none."""

Actions = Sequence[Action]


class LaunchFailure(RuntimeError):
    """Something that ends a launch with exit code 1; its message is what the user reads."""


def remappings(topics: dict[str, str]) -> list[tuple[str, str]]:
    """Remap rules for topics that were given another name, with the topics below each."""
    rules = []
    for topic, name in topics.items():
        if name and name != topic:
            below = _SUBTOPICS.get(topic, ())
            rules += [(topic, name), *((f'{topic}/{sub}', f'{name}/{sub}') for sub in below)]
    return rules


def on_exit(
    node: Node,
    name: str,
    then: Callable[[], Actions] | None = None,
    meaning: str = '',
    respawns: Callable[[int], bool] = lambda code: False,
) -> Action:
    """What happens when a process ends: the launch fails with it, or goes on with ``then``.

    Without ``then`` the launch ends as well.  ``meaning`` is what exit code 1 of this node means.
    ``respawns`` says of an exit code whether the launch lets the action start the process again.
    """

    def handle(event: ProcessExited, context: LaunchContext) -> Actions:
        if context.is_shutdown:
            return []
        if respawns(event.returncode):
            return [
                LogInfo(msg=f'{name} ended with exit code {event.returncode}; starting it again')
            ]
        if event.returncode != 0:
            why = f': {meaning}' if meaning and event.returncode == 1 else ''
            raise LaunchFailure(f'{name} ended with exit code {event.returncode}{why}')
        return then() if then else [Shutdown(reason=f'{name} has ended')]

    return RegisterEventHandler(OnProcessExit(target_action=node, on_exit=handle))


def end_what_starts_too_late() -> Action:
    """Processes that start when the launch has been interrupted already end at once.

    They were not there when the terminal told all of them, so the launch would wait for them
    until its patience is at an end.
    """

    def handle(event: ProcessStarted, context: LaunchContext) -> Actions:
        if not context.is_shutdown:
            return []
        is_this = matches_action(event.action)
        return [
            EmitEvent(event=SignalProcess(signal_number=signal.SIGTERM, process_matcher=is_this))
        ]

    return RegisterEventHandler(OnProcessStart(on_start=handle))


def nearly(given: Iterable[str], arguments: Collection[str]) -> list[str]:
    """A line for each name that is no argument, but almost: a launch takes any in silence.

    It is no error, because a launch file that includes this one may have arguments of its own.
    """
    found = []
    for name in given:
        near = get_close_matches(name, arguments, 1, _ALIKE)
        if near and name not in arguments:
            found.append(f'{name}:= is no argument of this launch file; is it {near[0]}:=?')
    return found


def died(code: int) -> bool:
    """Whether an exit code is that of a process that was killed or crashed in native code."""
    return code < 0
