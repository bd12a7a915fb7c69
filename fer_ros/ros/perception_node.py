"""Camera and microphone in, emotions out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from fer_ros import compute, cores, live_statistics
from fer_ros.live import LiveResult, LiveWorker, MakeFrame
from fer_ros.models import LoadBackbone, load_backbone
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.ros import process
from fer_ros.ros.heartbeat import Heartbeat
from fer_ros.ros.inputs import Inputs, unused
from fer_ros.ros.lifecycle import FAILED, OK, SteadyLifecycleNode
from fer_ros.ros.outputs import Outputs
from fer_ros.ros.params import Parameters
from fer_ros.ros.reporter import Reporter
from fer_ros.ros.streams import perception_nodes
from fer_ros.types import AudioChunk
from fer_ros.watchdog import WatchedWorker

NAME = 'perception'
IDLE_S = 0.5
"""The longest pause of the heartbeat, which watches over the worker as well."""


class PerceptionNode(SteadyLifecycleNode):
    """Runs the pipeline on a robot's topics; see docs/architecture.md for its threads."""

    def __init__(
        self, arguments: list[str] | None = None, load: LoadBackbone = load_backbone
    ) -> None:
        """See streams.py for both, which are of one of several nodes in a process."""
        super().__init__(NAME, arguments)
        self._load_backbone = load
        self._settings = Parameters(self, PerceptionConfig)
        self._settings.on_change(self._on_config)
        self._reporter = Reporter(self, unused(self.config))
        self._outputs = Outputs(self, self.config.ros4hri, self.config.publish_rate)
        self._pipeline: EmotionPipeline | None = None
        self._inputs: Inputs | None = None
        self._worker: WatchedWorker | None = None
        self._left_behind: list[LiveWorker] = []
        self._heartbeat: Heartbeat | None = None
        self.create_timer(1.0, self._report)
        if self.config.autostart:
            self.start_by_itself()

    @property
    def config(self) -> PerceptionConfig:
        """The parameters as they are now."""
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
        self._heartbeat = Heartbeat(self._beat, self._reporter.error)
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
        self._pipeline = self._make_pipeline(self.config)

    def _make_pipeline(self, config: PipelineConfig) -> EmotionPipeline:
        """Also runs in the thread of the watchdog, which loads anew."""
        return EmotionPipeline.load(config, self._reporter.pipeline_error, self._load_backbone)

    def _start(self) -> None:
        if self._pipeline is None:
            self._load()
        assert self._pipeline is not None
        config = self.config
        cores.keep_off(config.cores)
        self._worker = WatchedWorker(
            self._pipeline,
            self._make_pipeline,
            self._on_result,
            self._reporter.error,
            config.budget,
            config.watchdog,
            self._left_behind,
        )
        self._pipeline = None  # the worker may come to have another one
        self._worker.start()
        self._inputs = Inputs(
            self,
            config,
            put_frame=self._put_frame,
            put_audio=self._put_audio,
            on_error=self._reporter.error,
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
        self._reporter.recent.count('image')
        worker = self._worker
        if worker is not None and worker.put_frame(make_frame):
            self._reporter.recent.count('image dropped')

    def _put_audio(self, chunk: AudioChunk) -> None:
        self._reporter.recent.count('audio')
        if self._worker is not None:
            self._worker.put_audio(chunk)

    def _on_result(self, live: LiveResult) -> None:
        """Runs in the worker."""
        worker, config = self._worker, self.config
        if worker is not None:
            self._outputs.result(live, worker.newest_arrival_s, config.absent_after)
            now_ns = self.get_clock().now().nanoseconds
            live_statistics.collect(
                self._reporter.recent, live, now_ns, config.sync.min_confidence
            )

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
        wait_s = self._outputs.heartbeat(worker.newest_arrival_s, self.config.absent_after)
        return min(wait_s, IDLE_S)

    def _report(self) -> None:
        if self._inputs is not None and self._worker is not None:
            self._reporter.publish(
                self._inputs.clocks, self._inputs.sources(), self._worker.status()
            )


def main(args: Sequence[str] | None = None) -> int:
    """Entry point of ``ros2 run fer_ros perception_node``."""
    make_nodes = partial(perception_nodes, NAME, PerceptionNode)
    return process.run_several(NAME, make_nodes, args)


if __name__ == '__main__':
    raise SystemExit(main())
