"""What the perception node tells of itself: errors in the log, its state on /diagnostics."""

from __future__ import annotations

import time
from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from fer_ros.clock_watch import StreamClock
from fer_ros.pipeline import PipelineError
from fer_ros.ros.diagnostics import (
    Health,
    diagnostic_array,
    why_no_sound_counts,
    why_nothing_arrives,
)
from fer_ros.ros.subscriptions import Source
from fer_ros.statistics import Recent, Report
from fer_ros.watchdog import WorkerStatus

PATIENCE = 10
"""After how many reports, one a second, an input of which nothing ever came is told in the log."""


class Reporter:
    """Counts what happens.  Its methods may be called in any thread, but for publish()."""

    def __init__(self, node: Node, unused: Mapping[str, str] | None = None) -> None:
        """``unused`` says of 'image' and 'audio' why they are not listened to, if so."""
        self.recent = Recent(time.monotonic())
        self._node = node
        # with the namespace, because the perceptions of all robots meet on /diagnostics
        self._health = Health(node.get_fully_qualified_name().lstrip('/'), unused)
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._reports = 0
        self._told_of_clocks = False

    def error(self, part: str, error: Exception) -> None:
        """Something went wrong in a part of the node."""
        self.recent.count(f'{part} error')
        self._health.last_errors[part] = str(error)
        if part == 'watchdog':  # rare, and not to be lost among the others
            self._node.get_logger().error(str(error))
        else:
            self._node.get_logger().warning(f'{part}: {error}', throttle_duration_sec=5.0)

    def pipeline_error(self, error: PipelineError) -> None:
        """A stage of the pipeline failed on one sample."""
        self.recent.count(f'{error.stage} error')
        self.error('pipeline', error)

    def publish(
        self,
        clocks: Mapping[str, StreamClock],
        sources: Mapping[str, Source],
        worker: WorkerStatus,
    ) -> None:
        """Tell what came since the last time."""
        reports = {part: clock.report() for part, clock in clocks.items()}
        report = self.recent.report(time.monotonic())
        statuses = self._health.statuses(report, reports, sources, worker)
        now = self._node.get_clock().now().to_msg()
        self._publisher.publish(diagnostic_array(now, statuses))
        self._reports += 1
        if self._reports == PATIENCE:
            self._tell_what_is_missing(report, sources)
        if not self._told_of_clocks and (why := why_no_sound_counts(report)):
            self._told_of_clocks = True
            self._node.get_logger().warning(f'audio: {why}')

    def _tell_what_is_missing(self, report: Report, sources: Mapping[str, Source]) -> None:
        """Whoever gave a topic a wrong name looks at the log before /diagnostics."""
        for part, source in sources.items():
            if not report.totals[part] and not report.totals[f'{part} error']:
                self._node.get_logger().warning(f'{part}: {why_nothing_arrives(source)}')
