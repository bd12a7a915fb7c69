"""Tells a person at a terminal what goes on: each change of emotion and of behaviour, a line each.

With ``require_person`` its exit code says whether anybody was recognised, for demos and tests.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from functools import partial

from hri_msgs.msg import Expression as ExpressionMsg
from rclpy.node import Node
from std_msgs.msg import String
from vision_msgs.msg import Classification

from fer_ros.companion_config import WatchConfig
from fer_ros.ros import process, qos
from fer_ros.ros.encode import expression_of
from fer_ros.ros.params import Parameters
from fer_ros.types import FACE, VOICE
from fer_ros.watching import Watch


class WatchNode(Node):
    """Prints; publishes nothing."""

    def __init__(self) -> None:
        super().__init__('watch')
        self._config = Parameters(self, WatchConfig).config
        self._watch = Watch()
        self.create_subscription(ExpressionMsg, 'emotion', self._on_emotion, qos.EMOTION)
        for modality in (FACE, VOICE):
            hear = partial(self._on_modality, modality)
            self.create_subscription(ExpressionMsg, f'emotion/{modality}', hear, qos.EMOTION)
        self.create_subscription(Classification, 'emotion/weights', self._on_weights, qos.EMOTION)
        self.create_subscription(String, 'interaction/behaviour', self._on_behaviour, qos.LATCHED)

    def watch(self) -> int:
        """Watch until interrupted, then sum up; returns the exit code of the process."""
        with contextlib.suppress(KeyboardInterrupt):
            process.until_interrupted(self)
        print(self._watch.summary(), flush=True)
        return int(self._config.require_person and not self._watch.recognised)

    def _on_emotion(self, message: ExpressionMsg) -> None:
        self._say(self._watch.emotion(expression_of(message)))

    def _on_modality(self, modality: str, message: ExpressionMsg) -> None:
        self._watch.modality(modality, expression_of(message))

    def _on_weights(self, message: Classification) -> None:
        self._watch.weights({result.class_id: result.score for result in message.results})

    def _on_behaviour(self, message: String) -> None:
        self._say(self._watch.behaviour(message.data))

    def _say(self, line: str | None) -> None:
        if line is not None:
            print(line, flush=True)


def main(args: Sequence[str] | None = None) -> int:
    """Watch until SIGINT or SIGTERM."""
    return process.run('watch', WatchNode, WatchNode.watch, args)


if __name__ == '__main__':
    sys.exit(main())
