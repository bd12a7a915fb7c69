"""/emotion in, the name of a behaviour out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hri_msgs.msg import Expression as ExpressionMsg
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from std_msgs.msg import String

from fer_ros import plugins
from fer_ros.policy.node_config import PolicyNodeConfig
from fer_ros.protocols import Policy
from fer_ros.ros import encode, process, qos
from fer_ros.ros.lifecycle import OK, SteadyLifecycleNode
from fer_ros.ros.params import Parameters
from fer_ros.types import Expression


class PolicyNode(SteadyLifecycleNode):
    """Publishes the behaviour that the policy chooses, whenever it changes."""

    def __init__(self) -> None:
        super().__init__('policy')
        self._settings = Parameters(self, PolicyNodeConfig)
        self._behaviour = self.create_lifecycle_publisher(
            String, 'interaction/behaviour', qos.LATCHED
        )
        self.create_subscription(ExpressionMsg, 'emotion', self._on_emotion, qos.EMOTION)
        self.create_timer(1.0 / self._settings.config.rate, self._decide)
        self._policy: Policy | None = None
        self._active = False
        self._expression: Expression | None = None
        self._heard_s = -float('inf')
        self._published = ''

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make the policy and read its rules."""
        return self.attempt('configure', self._load)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to decide."""
        self._active, self._published = True, ''
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop deciding; the last behaviour stands."""
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget the policy."""
        self._policy = None
        return OK

    def _load(self) -> None:
        self._policy = plugins.build('policy', self._settings.config.policy)

    def _on_emotion(self, message: ExpressionMsg) -> None:
        self._expression = encode.expression_of(message)
        self._heard_s = time.monotonic()
        self._decide()

    def _decide(self) -> None:
        if not self._active or self._policy is None:
            return
        silent_s = time.monotonic() - self._heard_s
        stale = silent_s > self._settings.config.stale_after
        now_ns = self.get_clock().now().nanoseconds
        try:
            decision = self._policy.decide(None if stale else self._expression, now_ns)
        except Exception as error:  # a plugin may fail in any way; what was decided last stands
            self.get_logger().error(f'cannot decide: {error!r}', throttle_duration_sec=5.0)
            return
        if decision.behaviour != self._published:
            self.get_logger().info(f'{decision.behaviour}: {decision.reason}')
            self._behaviour.publish(String(data=decision.behaviour))
            self._published = decision.behaviour


def main(args: Sequence[str] | None = None) -> int:
    """Entry point of ``ros2 run fer_ros policy_node``."""
    return process.run('policy', PolicyNode, process.until_interrupted, args)


if __name__ == '__main__':
    raise SystemExit(main())
