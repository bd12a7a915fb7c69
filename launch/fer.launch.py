"""Perception and policy on a robot's topics, or on a sample, a camera or a file.

Every default of a node's parameter stands in the node; an argument left empty is not passed on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    LogInfo,
    OpaqueFunction,
    Shutdown,
    TimerAction,
)
from launch.events import matches_action
from launch.events.process import SignalProcess
from launch_ros.actions import LifecycleNode, Node

from fer_ros.ros.bring_up import bring_up
from fer_ros.ros.launch_support import (
    LaunchFailure,
    died,
    end_what_starts_too_late,
    nearly,
    on_exit,
    remappings,
)

LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')
ARGUMENTS = {
    'source': (
        '',
        "what to play: 'sample' (comes with the package), a camera such as /dev/video0 with the "
        "microphone, or a file with pictures, sound or both; empty: the robot's own topics",
    ),
    'loop': ('', 'true: play the file again and again, instead of ending the launch with it'),
    'rate': ('', 'how many times as fast the file is played'),
    'overlay': (
        'false',
        'true: publish emotion/debug_image, the picture with what was seen in it',
    ),
    'params_file': ('', 'YAML file of parameters for any of the nodes'),
    'namespace': ('', 'namespace of the nodes and topics; empty: /emotion is in the root'),
    'streams': (
        '',
        'robots, or cameras of one, that one process perceives for, each in a namespace of this '
        "name: 'robot1,robot2'; empty: one, in namespace",
    ),
    'use_sim_time': ('', 'true: time comes from /clock, as when a bag is played'),
    'image': ('', 'topic of the pictures, if it is not called image'),
    'audio': ('', 'topic of the sound, if it is not called audio'),
    'audio_info': ('', 'topic of the format of the sound, if it is not called audio_info'),
    'emotion': ('', 'topic of the result, if it is not to be called emotion'),
    'respawn': (
        'true',
        'true: a node that dies while it works is started again, and brought up again; false: '
        'the launch ends with it',
    ),
    'respawn_delay': ('1.0', 'seconds after which a node that died is started again'),
    'log_level': ('', f'one of {", ".join(LEVELS)}, for all nodes'),
}
SETTLE_S = 1.5
"""After a clip: how long to wait for the last results, and for the policy to fall back."""
END_S = 15
"""How long a node may take to end, as on a busy machine; it takes at most some 5 s by itself."""


def generate_launch_description() -> LaunchDescription:
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription(
        [
            *arguments,
            end_what_starts_too_late(),
            OpaqueFunction(function=_hints),
            OpaqueFunction(function=_nodes),
        ]
    )


def _hints(context: LaunchContext) -> list[Action]:
    return [LogInfo(msg=line) for line in nearly(context.launch_configurations, ARGUMENTS)]


def _nodes(context: LaunchContext) -> list[Action]:
    given = {name: context.launch_configurations[name] for name in ARGUMENTS}
    source = given['source']
    _check_paths(source, given['params_file'])
    common = _common(given)

    again = _is_true(given, 'respawn')
    respawn = {'respawn': again, 'respawn_delay': _number(given, 'respawn_delay')}

    def node(name: str, **more: object) -> Node:
        return Node(name=name, executable=f'{name}_node', **{**common, **more})

    def lasting(name: str, **more: object) -> list[Action]:
        action = node(name, **respawn, **more)
        return [on_exit(action, name, respawns=lambda code: again and died(code)), action]

    def lifecycle_node(
        name: str, when_active: Sequence[Action] = (), **more: object
    ) -> list[Action]:
        settings = {**common, **respawn, **more}
        action = LifecycleNode(name=name, executable=f'{name}_node', **settings)
        return bring_up(action, name, when_active, again)

    def beside_perception(namespace: str) -> list[Action]:
        overlay = lasting('overlay', namespace=namespace) if _is_true(given, 'overlay') else []
        return [*lifecycle_node('policy', namespace=namespace), *overlay]

    if source and not given['log_level']:
        # what watch prints need not be said twice
        common['ros_arguments'] = ['--log-level', 'policy:=warn']
    if streams := [name.strip() for name in given['streams'].split(',') if name.strip()]:
        if source:
            raise LaunchFailure(f'streams:={given["streams"]}: not together with source')
        # for all nodes of the process; a launch gives the action's parameters to one name only
        sim_time = [
            f'use_sim_time:={str(each["use_sim_time"]).lower()}' for each in _sim_time(given)
        ]
        settings = [f'streams:={streams}', 'autostart:=true', *sim_time]
        arguments = [*common['ros_arguments'], *chain.from_iterable(('-p', s) for s in settings)]
        namespaces = [_below(given['namespace'], stream) for stream in streams]
        return [
            *chain.from_iterable(beside_perception(namespace) for namespace in namespaces),
            *lasting('perception', ros_arguments=arguments),
        ]
    actions = beside_perception(given['namespace'])
    if not source:
        return [*actions, *lifecycle_node('perception')]

    is_device = Path(source).is_char_device()
    watching = [] if is_device else [{'require_person': True}]
    watch = node('watch', parameters=[*common['parameters'], *watching], output_format='{line}')
    media = node('media', parameters=[*common['parameters'], _playing(given)])

    def after_clip() -> list[Action]:
        stop_watch = SignalProcess(
            signal_number=signal.SIGINT, process_matcher=matches_action(watch)
        )
        return [TimerAction(period=SETTLE_S, actions=[EmitEvent(event=stop_watch)])]

    # the beginning of a clip must not be lost: it starts when perception listens
    perception = lifecycle_node('perception', when_active=[media])
    return [
        *actions,
        on_exit(
            watch,
            'watch',
            lambda: [Shutdown(reason='the clip has ended')],
            meaning=f'nobody was recognised in {source}',
        ),
        on_exit(media, 'media', after_clip),
        watch,
        *perception,
    ]


def _common(given: dict[str, str]) -> dict[str, object]:
    """What all nodes are started with."""
    files = [os.path.expanduser(given['params_file'])] if given['params_file'] else []
    level = given['log_level']
    if level and level.lower() not in LEVELS:
        raise LaunchFailure(f'log_level:={level}: not one of {", ".join(LEVELS)}')
    topics = {name: given[name] for name in ('image', 'audio', 'audio_info', 'emotion')}
    return {
        'package': 'fer_ros',
        'namespace': given['namespace'],
        'parameters': [*files, *_sim_time(given)],
        'remappings': remappings(topics),
        'ros_arguments': ['--log-level', level] if level else [],
        'output': 'screen',
        'sigterm_timeout': str(END_S),
    }


def _sim_time(given: dict[str, str]) -> list[dict[str, bool]]:
    """The parameter if it was given: otherwise a file, or a launch around this one, may set it.

    No dict without it, for which a launch would leave an empty file of parameters in /tmp.
    """
    return [{'use_sim_time': _is_true(given, 'use_sim_time')}] if given['use_sim_time'] else []


def _below(namespace: str, name: str) -> str:
    """A namespace within one that may be empty: relative then, for a launch around this one."""
    return f'{namespace.rstrip("/")}/{name}' if namespace else name


def _playing(given: dict[str, str]) -> dict[str, object]:
    """The parameters of the media node that were given."""
    playing: dict[str, object] = {'source': given['source']}
    if given['loop']:
        playing['loop'] = _is_true(given, 'loop')
    if given['rate']:
        playing['rate'] = _number(given, 'rate')
    return playing


def _number(given: dict[str, str], name: str) -> float:
    try:
        return float(given[name])
    except ValueError:
        raise LaunchFailure(f'{name}:={given[name]}: not a number') from None


def _is_true(given: dict[str, str], name: str) -> bool:
    text = given[name].lower()
    if text not in ('true', '1', 'false', '0'):
        raise LaunchFailure(f'{name}:={given[name]}: neither true nor false')
    return text in ('true', '1')


def _check_paths(source: str, params_file: str) -> None:
    """Say at once what the nodes could only say once they are up."""
    for name, path in (('source', source), ('params_file', params_file)):
        if path and path != 'sample' and not Path(path).expanduser().exists():
            raise LaunchFailure(f'{name}:={path}: no such file or device')
