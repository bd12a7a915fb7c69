"""Lifecycle nodes that a launch brings up whenever their processes start, also after they died."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from launch import Action, LaunchContext
from launch.actions import EmitEvent, OpaqueFunction, RegisterEventHandler
from launch.event_handlers import OnProcessStart
from launch.events import matches_action
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.ros_adapters import get_ros_node
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import GetState

from fer_ros.ros.launch_support import Actions, LaunchFailure, on_exit

ANSWER_S = 1.0
"""How long to wait for an answer before asking again."""
STARTS = 3
"""How often a process may end before it is active again, until the launch ends with it."""
_FAILED = (
    ('be configured', 'configuring', 'unconfigured'),
    ('be configured', 'configuring', 'errorprocessing'),
    ('be activated', 'activating', 'inactive'),
    ('be activated', 'activating', 'errorprocessing'),
)


def bring_up(
    node: LifecycleNode, name: str, when_active: Actions = (), respawn: bool = False
) -> list[Action]:
    """Start a lifecycle node, configure and activate it; then start ``when_active``, once.

    A transition that fails ends the launch.  With ``respawn``, which the action of the node must
    have too, it is brought up again whenever its process ended.  One that was never active ends
    the launch, as it would do so again, and so does one that ends STARTS times before it is.
    """
    return _BringUp(node, name, when_active).actions(respawn)


class _BringUp:
    """One node, and how far it has come.

    What an operator asks of it later is left alone: only a process that has just started is
    configured and activated.
    """

    def __init__(self, node: LifecycleNode, name: str, when_active: Actions) -> None:
        self._node = node
        self._name = name
        self._when_active = when_active
        self._starts = 0
        self._unfinished = 0
        """Starts since it was last active."""
        self._was_active = False
        self._client = None

    def actions(self, respawn: bool) -> list[Action]:
        """What a launch needs to bring it up."""
        return [
            RegisterEventHandler(
                OnProcessStart(
                    target_action=self._node, on_start=[OpaqueFunction(function=self._configure)]
                )
            ),
            self._on('configuring', 'inactive', self._activate),
            self._on('activating', 'active', self._activated),
            *(self._on(start, goal, partial(self._fail, verb)) for verb, start, goal in _FAILED),
            on_exit(self._node, self._name, respawns=lambda _: respawn and self._is_worth_it()),
            self._node,
        ]

    def _is_worth_it(self) -> bool:
        return self._was_active and self._unfinished < STARTS

    def _on(
        self, start: str, goal: str, function: Callable[[LaunchContext], Actions | None]
    ) -> Action:
        return RegisterEventHandler(
            OnStateTransition(
                target_lifecycle_node=self._node,
                start_state=start,
                goal_state=goal,
                entities=[OpaqueFunction(function=function)],
            )
        )

    def _configure(self, context: LaunchContext) -> None:
        """Configure the node as soon as the launch and the node have found each other.

        A node hears a request before it has found those who wait for its answer; both the answer
        and the event of the transition are then lost, and the launch would wait for ever.  The
        endpoints of one process are found in the order in which they were made, so once a client
        that was made last gets an answer, nothing is lost any more.
        """
        if context.is_shutdown:
            return
        self._starts += 1
        self._unfinished += 1
        if self._client is None:
            self._client = get_ros_node(context).create_client(
                GetState, f'{self._node.node_name}/get_state'
            )
        configure = partial(self._configure_when_found, context, self._starts)
        context.add_completion_future(context.asyncio_loop.run_in_executor(None, configure))

    def _configure_when_found(self, context: LaunchContext, start: int) -> None:
        event = self._transition(Transition.TRANSITION_CONFIGURE)
        while not context.is_shutdown and start == self._starts:
            try:
                if self._answers():
                    emit = partial(context.emit_event_sync, event)
                    context.asyncio_loop.call_soon_threadsafe(emit)
                    return
            except RuntimeError:  # the client is gone once the launch shuts down
                if not context.is_shutdown:
                    raise

    def _answers(self) -> bool:
        if not self._client.wait_for_service(timeout_sec=ANSWER_S):
            return False
        answered = threading.Event()
        future = self._client.call_async(GetState.Request())
        future.add_done_callback(lambda _: answered.set())
        return answered.wait(ANSWER_S)

    def _activate(self, context: LaunchContext) -> Sequence[Action] | None:
        if not self._unfinished:
            return None
        return [EmitEvent(event=self._transition(Transition.TRANSITION_ACTIVATE))]

    def _activated(self, context: LaunchContext) -> Sequence[Action] | None:
        was_active, self._was_active = self._was_active, True
        self._unfinished = 0
        return None if was_active else list(self._when_active)

    def _fail(self, verb: str, context: LaunchContext) -> None:
        if self._unfinished:
            raise LaunchFailure(f'{self._name} could not {verb}; its own output says why')

    def _transition(self, number: int) -> ChangeState:
        return ChangeState(lifecycle_node_matcher=matches_action(self._node), transition_id=number)
