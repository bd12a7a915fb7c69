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

    def __init__(self, name: str) -> None:
        super().__init__(name)
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

    def attempt(self, what: str, action: Callable[[], None]) -> TransitionCallbackReturn:
        """Do something that may fail, as a plugin or a file may; a failure is told in a line."""
        try:
            action()
        except Exception as error:  # plugins and their libraries may fail in any way
            self.get_logger().error(f'cannot {what}: {error or repr(error)}')
            return FAILED
        return OK
