import os
import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest
from live_fakes import (
    DEADLINE_S,
    SMALL_RATE_HZ,
    Clock,
    Collector,
    Gate,
    config_with,
    make_pipeline,
)

from fakes import frame_at, seconds
from fer_ros.budget import BudgetConfig
from fer_ros.config import Chosen, ConfigError, parse
from fer_ros.decode import DecodeError
from fer_ros.live import LiveWorker
from fer_ros.pipeline import PipelineConfig
from fer_ros.types import AudioChunk


@pytest.fixture
def seen():
    return Collector()


@pytest.fixture
def worker(seen):
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error)
    worker.start()
    yield worker
    worker.stop()


def sound(time_s, length_s=0.5):
    samples = np.full(round(SMALL_RATE_HZ * length_s), 0.5, np.float32)
    return AudioChunk(seconds(time_s), SMALL_RATE_HZ, samples)


def test_a_frame_gives_a_result_with_its_capture_time(worker, seen):
    worker.put_frame(lambda: frame_at(7.0))
    seen.wait(lambda s: s.results)
    assert seen.results[0].result.stamp_ns == seconds(7.0)
    assert seen.results[0].result.focus.fused.label == 'happy'


@pytest.mark.skipif(not hasattr(os, 'sched_getaffinity'), reason='no binding to cores here')
def test_the_worker_runs_on_the_cores_it_is_given(seen):
    core = max(os.sched_getaffinity(0))
    ran_on = []

    def frame():
        ran_on.append(os.sched_getaffinity(0))
        return frame_at(1.0)

    worker = LiveWorker(
        make_pipeline(parse(PipelineConfig, {'cores': str(core)})), seen.result, seen.error
    )
    worker.put_frame(frame)
    worker.start()
    seen.wait(lambda s: s.results)
    worker.stop()
    assert ran_on == [{core}]


def test_stamps_are_corrected_by_the_offsets_in_force(seen):
    config = parse(
        PipelineConfig,
        {
            'face': {'tracking': {'min_hits': 1}},
            'clocks': {'camera_offset': -0.25, 'microphone_offset': 0.5},
        },
    )
    worker = LiveWorker(make_pipeline(config), seen.result, seen.error)
    worker.put_audio(sound(3.0))
    worker.put_frame(lambda: frame_at(4.0))
    worker.start()
    seen.wait(lambda s: s.results)
    worker.stop()
    assert seen.results[0].result.stamp_ns == seconds(3.75)
    assert seen.results[0].audio_newest_ns == seconds(4.0)


def test_sound_without_pictures_is_read_on_its_own(worker, seen):
    worker.put_audio(sound(3.0))
    seen.wait(lambda s: any(r.result.focus for r in s.results))
    focus = next(r.result.focus for r in seen.results if r.result.focus)
    assert focus.face is None
    assert focus.fused.label == 'sad'
    assert focus.fused.stamp_ns == seconds(3.5)


def test_the_newest_frame_wins_and_the_dropped_one_is_never_decoded(seen):
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error)
    decoded = []

    def make(time_s):
        decoded.append(time_s)
        return frame_at(time_s)

    dropped = [worker.put_frame(lambda t=t: make(t)) for t in (1.0, 2.0, 3.0)]
    worker.start()
    seen.wait(lambda s: s.results)
    worker.stop()
    assert dropped == [False, True, True]
    assert decoded == [3.0]


def test_a_frame_that_cannot_be_decoded_is_reported_and_survived(worker, seen):
    def broken():
        raise DecodeError('step 3 is too small')

    worker.put_frame(broken)
    seen.wait(lambda s: s.errors)
    worker.put_frame(lambda: frame_at(1.0))
    seen.wait(lambda s: s.results)
    assert seen.errors[0][0] == 'image'
    assert 'step 3' in str(seen.errors[0][1])


def test_settings_are_taken_over_before_the_next_frame(worker, seen):
    changed = parse(PipelineConfig, {'face': {'tracking': {'min_hits': 1}, 'max_faces': 1}})
    pipeline_boxes = ((0, 0, 40, 40), (60, 60, 40, 40))
    two_faces = LiveWorker(make_pipeline(config_with(), pipeline_boxes), seen.result, seen.error)
    two_faces.put_frame(lambda: frame_at(1.0))
    two_faces.start()
    seen.wait(lambda s: len(s.results) == 1)
    two_faces.apply(changed)
    two_faces.put_frame(lambda: frame_at(1.1))
    seen.wait(lambda s: len(s.results) == 2)
    two_faces.stop()
    assert [len(live.result.people) for live in seen.results] == [2, 1]


class BrokenFusion:
    """A fusion whose model is not there."""

    @dataclass(frozen=True)
    class Config:
        pass

    def __init__(self, config):
        raise OSError('no such model')


def test_a_plugin_that_cannot_be_built_is_refused_and_the_old_one_stays(worker, seen):
    broken = Chosen(f'{__name__}:BrokenFusion', BrokenFusion.Config())
    with pytest.raises(ConfigError, match="BrokenFusion' cannot be used: no such model"):
        worker.apply(replace(config_with(), fusion=broken))
    worker.put_frame(lambda: frame_at(1.0))
    seen.wait(lambda s: s.results)
    assert seen.results[0].result.focus.fused.label == 'happy'
    assert not seen.errors


def test_stopping_ends_the_thread_even_without_input(seen):
    worker = LiveWorker(make_pipeline(config_with(hop=10.0)), seen.result, seen.error)
    worker.start()
    worker.stop()
    assert not any(thread.name == 'pipeline' for thread in threading.enumerate())


def test_a_bug_in_the_pipeline_does_not_end_the_worker(seen):
    pipeline = make_pipeline(config_with())
    original, failures = pipeline.process, [RuntimeError('boom')]

    def fail_once(*args):
        if failures:
            raise failures.pop()
        return original(*args)

    pipeline.process = fail_once
    worker = LiveWorker(pipeline, seen.result, seen.error)
    worker.start()
    worker.put_frame(lambda: frame_at(1.0))
    seen.wait(lambda s: s.errors)
    worker.put_frame(lambda: frame_at(2.0))
    seen.wait(lambda s: s.results)
    worker.stop()
    assert seen.errors[0][0] == 'pipeline'


def test_a_result_is_as_old_as_the_input_it_used(seen):
    clock = Clock(100.0)
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error, clock)
    worker.put_audio(sound(3.0))
    clock.now_s = 101.0
    worker.start()
    seen.wait(lambda s: s.results)
    worker.put_frame(lambda: frame_at(4.0))
    clock.now_s = 102.0
    seen.wait(lambda s: any(live.result.frame for live in s.results))
    worker.stop()
    assert seen.results[0].arrived_s == 100.0
    assert seen.results[-1].arrived_s == 101.0


def test_input_that_waits_for_the_worker_has_arrived(seen):
    clock = Clock(5.0)
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error, clock)
    assert worker.newest_arrival_s == -np.inf
    worker.put_audio(sound(3.0))
    assert worker.newest_arrival_s == 5.0
    clock.now_s = 6.0
    worker.put_frame(lambda: frame_at(4.0))
    assert worker.newest_arrival_s == 6.0


def test_what_was_done_for_a_result_is_timed(worker, seen):
    for count in (1, 2):
        worker.put_frame(lambda at=count: frame_at(at))
        seen.wait(lambda s, count=count: len(s.results) == count)
    assert {'decode', 'window', 'detect', 'face_net', 'fuse'} <= set(seen.results[0].stage_ns)
    assert 'encode' in seen.results[1].stage_ns


def test_who_waits_is_not_busy_and_who_works_says_at_what(seen):
    clock = Clock(10.0)
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error, clock)
    gate = Gate()
    worker.start()
    assert worker.busy_s == 0.0
    worker.put_frame(gate)
    assert gate.entered.wait(DEADLINE_S)
    clock.now_s = 13.0
    assert worker.busy_s == 3.0
    assert worker.stage == 'decode'
    gate.open.set()
    seen.wait(lambda s: s.results)
    worker.stop()
    assert worker.busy_s == 0.0
    assert worker.stage == ''


@pytest.mark.parametrize('how', ['abandon', 'stop'])
def test_what_a_worker_that_was_given_up_still_finds_is_ignored(seen, how):
    worker = LiveWorker(make_pipeline(config_with()), seen.result, seen.error)
    gate = Gate()
    worker.start()
    worker.put_frame(gate)
    assert gate.entered.wait(DEADLINE_S)
    if how == 'stop':
        assert not worker.stop(timeout_s=0.0)
    else:
        worker.abandon()
    assert worker.running
    gate.open.set()
    worker.stop()
    assert not worker.running
    assert not seen.results
    assert not seen.errors


class Slow:
    """A detector that takes as long as the test says, by a clock that the test invents."""

    def __init__(self, inner, clock):
        self._inner, self._clock = inner, clock
        self.takes_s, self.calls = 0.0, 0

    def detect(self, image):
        self._clock.now_s += self.takes_s
        self.calls += 1
        return self._inner.detect(image)


def test_an_overloaded_worker_looks_for_faces_less_often_and_recovers(seen):
    clock = Clock(0.0)
    config = config_with()
    pipeline = make_pipeline(config)
    slow = pipeline.face.detector = Slow(pipeline.face.detector, clock)
    budget = BudgetConfig(step_after=0.5, recover_after=1.0)
    worker = LiveWorker(pipeline, seen.result, seen.error, clock, budget)
    worker.start()

    def live(until_s, takes_s):
        """Frames of 20 Hz until a time, and how often faces were looked for in one of them."""
        slow.takes_s, slow.calls, frames = takes_s, 0, 0
        while clock.now_s < until_s:
            before, clock.now_s = len(seen.results), clock.now_s + 0.05
            worker.put_frame(lambda: frame_at(clock.now_s))
            seen.wait(lambda s, before=before: len(s.results) > before)
            frames += 1
        return slow.calls / frames

    assert live(3.0, 0.0) == pytest.approx(0.5, abs=0.05), 'every 0.1 s'
    assert worker.load.left_out == ''
    live(6.0, 0.3)
    assert worker.load.level == 2
    assert worker.load.left_out == 'detection every 0.4 s'
    assert '%' in worker.load.why
    live(10.0, 0.0)
    assert worker.load.level == 0
    assert live(13.0, 0.0) == pytest.approx(0.5, abs=0.05)
    worker.stop()
    assert pipeline.config is config, 'the settings stay as they are'


def test_without_a_budget_nothing_is_left_out(worker):
    assert worker.load is None
