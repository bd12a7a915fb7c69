"""What our launch files share: lifecycle nodes brought up, and exit codes that tell the truth.

The exit code of a launch says nothing of its processes, but an exception in a handler makes it 1;
so that is how a launch fails here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from launch import Action, LaunchContext
from launch.actions import EmitEvent, OpaqueFunction, RegisterEventHandler, Shutdown
from launch.event_handlers import OnProcessExit, OnProcessStart
from launch.events import matches_action
from launch.events.process import ProcessExited
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.ros_adapters import get_ros_node
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import GetState

_SUBTOPICS = {
    'image': ('compressed',),
    'emotion': ('scores', 'weights', 'face', 'voice', 'debug_image'),
}

Actions = Sequence[Action]

ANSWER_S = 1.0
"""How long to wait for an answer before asking again."""


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


def bring_up(node: LifecycleNode, name: str, when_active: Actions = ()) -> list[Action]:
    """Start a lifecycle node, configure and activate it; then start ``when_active``.

    A transition that fails ends the launch.
    """
    return [
        RegisterEventHandler(
            OnProcessStart(
                target_action=node, on_start=[OpaqueFunction(function=_configure, args=[node])]
            )
        ),
        _on_transition(
            node,
            'configuring',
            'inactive',
            [EmitEvent(event=_transition(node, Transition.TRANSITION_ACTIVATE))],
        ),
        _on_transition(node, 'activating', 'active', when_active),
        *(
            _on_transition(
                node,
                start,
                goal,
                [
                    OpaqueFunction(
                        function=_fail,
                        args=[f'{name} could not {verb}; its own output says why'],
                    )
                ],
            )
            for verb, start, goal in _FAILED_TRANSITIONS
        ),
        on_exit(node, name),
        node,
    ]


_FAILED_TRANSITIONS = (
    ('be configured', 'configuring', 'unconfigured'),
    ('be configured', 'configuring', 'errorprocessing'),
    ('be activated', 'activating', 'inactive'),
    ('be activated', 'activating', 'errorprocessing'),
)


def on_exit(
    node: Node, name: str, then: Callable[[], Actions] | None = None, meaning: str = ''
) -> Action:
    """What happens when a process ends: the launch fails with it, or goes on with ``then``.

    Without ``then`` the launch ends as well.  ``meaning`` is what exit code 1 of this node means.
    """

    def handle(event: ProcessExited, context: LaunchContext) -> Actions:
        if context.is_shutdown:
            return []
        if event.returncode != 0:
            why = f': {meaning}' if meaning and event.returncode == 1 else ''
            raise LaunchFailure(f'{name} ended with exit code {event.returncode}{why}')
        return then() if then else [Shutdown(reason=f'{name} has ended')]

    return RegisterEventHandler(OnProcessExit(target_action=node, on_exit=handle))


def _configure(context: LaunchContext, node: LifecycleNode) -> None:
    """Configure a node as soon as the launch and the node have found each other.

    A node hears a request before it has found those who wait for its answer; both the answer and
    the event of the transition are then lost, and the launch would wait for ever.  The endpoints
    of one process are found in the order in which they were made, so once a client that was made
    last gets an answer, nothing is lost any more.
    """
    client = get_ros_node(context).create_client(GetState, f'{node.node_name}/get_state')
    event = _transition(node, Transition.TRANSITION_CONFIGURE)

    def answers() -> bool:
        if not client.wait_for_service(timeout_sec=ANSWER_S):
            return False
        answered = threading.Event()
        future = client.call_async(GetState.Request())
        future.add_done_callback(lambda _: answered.set())
        return answered.wait(ANSWER_S)

    def configure_when_found() -> None:
        while not context.is_shutdown:
            try:
                if answers():
                    emit = partial(context.emit_event_sync, event)
                    context.asyncio_loop.call_soon_threadsafe(emit)
                    return
            except RuntimeError:  # the client is gone once the launch shuts down
                if not context.is_shutdown:
                    raise

    context.add_completion_future(context.asyncio_loop.run_in_executor(None, configure_when_found))


def _transition(node: LifecycleNode, transition: int) -> ChangeState:
    return ChangeState(lifecycle_node_matcher=matches_action(node), transition_id=transition)


def _on_transition(node: LifecycleNode, start: str, goal: str, actions: Actions) -> Action:
    return RegisterEventHandler(
        OnStateTransition(
            target_lifecycle_node=node,
            start_state=start,
            goal_state=goal,
            entities=list(actions),
            handle_once=True,
        )
    )


def _fail(context: LaunchContext, message: str) -> None:
    raise LaunchFailure(message)
