"""Camera and microphone in, emotions out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from fer_ros import compute, cores, live_statistics
from fer_ros.live import LiveResult, LiveWorker, MakeFrame
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, PipelineError
from fer_ros.ros import process
from fer_ros.ros.diagnostics import Health, diagnostic_array
from fer_ros.ros.heartbeat import Heartbeat
from fer_ros.ros.inputs import Inputs
from fer_ros.ros.lifecycle import FAILED, OK, SteadyLifecycleNode
from fer_ros.ros.outputs import Outputs
from fer_ros.ros.params import Parameters
from fer_ros.statistics import Recent
from fer_ros.types import AudioChunk
from fer_ros.watchdog import WatchedWorker

IDLE_S = 0.5
"""The longest pause of the heartbeat, which watches over the worker as well."""


class PerceptionNode(SteadyLifecycleNode):
    """Runs the pipeline on a robot's topics; see docs/architecture.md for its threads."""

    def __init__(self) -> None:
        super().__init__('perception')
        self._settings = Parameters(self, PerceptionConfig)
        self._settings.on_change(self._on_config)
        self._recent = Recent(time.monotonic())
        self._outputs = Outputs(self, self._config.ros4hri, self._config.publish_rate)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._health: Health | None = None
        self._pipeline: EmotionPipeline | None = None
        self._inputs: Inputs | None = None
        self._worker: WatchedWorker | None = None
        self._left_behind: list[LiveWorker] = []
        self._heartbeat: Heartbeat | None = None
        self.create_timer(1.0, self._report)

    @property
    def _config(self) -> PerceptionConfig:
        return self._settings.config

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the models."""
        return self.attempt('configure', self._load)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start the worker and listen."""
        if self.attempt('activate', self._start) is FAILED:
            self._stop()
            return FAILED
        answer = super().on_activate(state)
        self._heartbeat = Heartbeat(self._beat, self._on_error)
        return answer

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening, end the worker and free the device's memory."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget the models."""
        self._stop()
        return OK

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End in any state."""
        self._stop()
        return OK

    def destroy_node(self) -> None:
        """End the worker first, because it publishes."""
        self._stop()
        super().destroy_node()

    def _load(self) -> None:
        self._pipeline = self._make_pipeline(self._config)
        self._health = Health(self.get_name())

    def _make_pipeline(self, config: PipelineConfig) -> EmotionPipeline:
        """Also runs in the thread of the watchdog, which loads anew."""
        return EmotionPipeline.load(config, self._on_pipeline_error)

    def _start(self) -> None:
        if self._pipeline is None:
            self._load()
        assert self._pipeline is not None
        config = self._config
        cores.keep_off(config.cores)
        self._worker = WatchedWorker(
            self._pipeline,
            self._make_pipeline,
            self._on_result,
            self._on_error,
            config.budget,
            config.watchdog,
            self._left_behind,
        )
        self._pipeline = None  # the worker may come to have another one
        self._worker.start()
        self._inputs = Inputs(
            self,
            transport=config.image_transport,
            reliable=config.image_reliable,
            put_frame=self._put_frame,
            put_audio=self._put_audio,
            on_error=self._on_error,
        )

    def _stop(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
        if self._inputs is not None:
            self._inputs.destroy()
            self._inputs = None
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        self._outputs.clear()
        self._pipeline = None
        compute.free_memory()

    def _put_frame(self, make_frame: MakeFrame) -> None:
        self._recent.count('image')
        worker = self._worker
        if worker is not None and worker.put_frame(make_frame):
            self._recent.count('image dropped')

    def _put_audio(self, chunk: AudioChunk) -> None:
        self._recent.count('audio')
        if self._worker is not None:
            self._worker.put_audio(chunk)

    def _on_result(self, live: LiveResult) -> None:
        """Runs in the worker."""
        worker, config = self._worker, self._config
        if worker is not None:
            self._outputs.result(live, worker.newest_arrival_s, config.absent_after)
            now_ns = self.get_clock().now().nanoseconds
            live_statistics.collect(self._recent, live, now_ns, config.sync.min_confidence)

    def _on_pipeline_error(self, error: PipelineError) -> None:
        self._recent.count(f'{error.stage} error')
        self._on_error('pipeline', error)

    def _on_error(self, part: str, error: Exception) -> None:
        """May run in any thread."""
        self._recent.count(f'{part} error')
        if self._health is not None:
            self._health.last_errors[part] = str(error)
        if part == 'watchdog':  # rare, and not to be lost among the others
            self.get_logger().error(str(error))
        else:
            self.get_logger().warning(f'{part}: {error}', throttle_duration_sec=5.0)

    def _on_config(self, config: PerceptionConfig) -> None:
        if self._worker is not None:
            self._worker.apply(config)
            self._worker.limit(config.budget, config.watchdog)
        elif self._pipeline is not None:
            self._pipeline.apply(config)

    def _beat(self) -> float:
        """Runs in the thread of the heartbeat."""
        worker = self._worker
        if worker is None:
            return IDLE_S
        worker.check()
        wait_s = self._outputs.heartbeat(worker.newest_arrival_s, self._config.absent_after)
        return min(wait_s, IDLE_S)

    def _report(self) -> None:
        if self._health is None or self._inputs is None or self._worker is None:
            return
        clocks = {part: clock.report() for part, clock in self._inputs.clocks.items()}
        report = self._recent.report(time.monotonic())
        statuses = self._health.statuses(report, clocks, self._worker.status())
        self._diagnostics.publish(diagnostic_array(self.get_clock().now().to_msg(), statuses))


def main(args: Sequence[str] | None = None) -> int:
    """Entry point of ``ros2 run fer_ros perception_node``."""
    return process.run('perception', PerceptionNode, process.until_interrupted, args)


if __name__ == '__main__':
    raise SystemExit(main())
