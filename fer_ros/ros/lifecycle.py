"""A lifecycle node that no transition can end.

In rclpy a request for a transition that the present state does not allow ends the process, and of
an error in a callback nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

OK = TransitionCallbackReturn.SUCCESS
FAILED = TransitionCallbackReturn.FAILURE


class SteadyLifecycleNode(LifecycleNode):
    """Refuses what is not possible, and says why a transition failed."""

    def __init__(self, name: str, cli_args: list[str] | None = None) -> None:
        """``cli_args`` are of this node alone, and go before those of the process."""
        super().__init__(name, cli_args=cli_args)
        # rclpy gives no other access to what answers
        service = self._service_change_state
        change_state = service.callback

        def answer(request: Any, response: Any) -> Any:
            try:
                return change_state(request, response)
            except rclpy_implementation.RCLError:
                state = self._state_machine.current_state[1]
                number = request.transition.id
                self.get_logger().warning(f'no transition {number} from the state {state}')
                response.success = False
                return response

        service.callback = answer

    def start_by_itself(self) -> None:
        """Configure and activate as soon as the callbacks are served, if nobody else did."""

        def start() -> None:
            self.destroy_timer(timer)
            is_new = self._state_machine.current_state[1] == 'unconfigured'
            if is_new and self.trigger_configure() is OK:
                self.trigger_activate()

        timer = self.create_timer(0.0, start)

    def attempt(self, what: str, action: Callable[[], None]) -> TransitionCallbackReturn:
        """Do something that may fail, as a plugin or a file may; a failure is told in a line."""
        try:
            action()
        except Exception as error:  # plugins and their libraries may fail in any way
            self.get_logger().error(f'cannot {what}: {error or repr(error)}')
            return FAILED
        return OK
