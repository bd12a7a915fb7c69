"""Workers that hang on gates that the test opens, by a clock that the test moves."""

import math
import threading
from dataclasses import replace

import pytest
from live_fakes import (
    DEADLINE_S,
    Clock,
    Collector,
    Gate,
    check_until,
    config_with,
    make_pipeline,
)

from fakes import frame_at, seconds
from fer_ros.budget import BudgetConfig
from fer_ros.config import ConfigError
from fer_ros.watchdog import MOST_STUCK, WatchdogConfig, WatchdogError, WatchedWorker

TIMEOUT_S = 10.0


class Watched:
    """A watched worker with all that it says."""

    def __init__(self, make=make_pipeline, left_behind=None):
        self.clock = Clock(100.0)
        self.seen = Collector()
        self.config = config_with()
        self.loaded = []
        self._make = make
        self.worker = WatchedWorker(
            make_pipeline(self.config),
            self._load,
            self.seen.result,
            self.seen.error,
            BudgetConfig(enabled=False),
            WatchdogConfig(timeout=TIMEOUT_S),
            [] if left_behind is None else left_behind,
            self.clock,
        )
        self.worker.start()

    def _load(self, config):
        pipeline = self._make(config)
        self.loaded.append(pipeline)
        return pipeline

    def hang(self):
        """Give it a picture that it hangs on, and let so much time pass that this is noticed."""
        gate = Gate()
        self.worker.put_frame(gate)
        assert gate.entered.wait(DEADLINE_S)
        self.clock.now_s += TIMEOUT_S
        return gate

    def check_until(self, predicate):
        check_until(self.worker, predicate)

    def working(self):
        return self.worker.status().load is not None

    def replaced(self):
        before = self.worker.status().hangs
        self.check_until(lambda: self.worker.status().hangs > before)

    def result_at(self, time_s):
        """Give it a picture until a result comes from it."""
        self.worker.put_frame(lambda: frame_at(time_s))
        self.seen.wait(lambda s: any(r.result.stamp_ns == seconds(time_s) for r in s.results))


@pytest.fixture
def watched():
    watched = Watched()
    yield watched
    watched.worker.stop()


def test_a_worker_that_does_its_work_is_left_alone(watched):
    for time_s in (1.0, 2.0, 3.0):
        watched.result_at(time_s)
        watched.clock.now_s += 100.0
        watched.worker.check()
    assert watched.worker.status().hangs == 0
    assert not watched.loaded


def test_a_worker_that_hangs_is_replaced_and_says_where(watched):
    gate = watched.hang()
    watched.replaced()
    watched.check_until(watched.working)
    watched.result_at(5.0)
    status = watched.worker.status()
    assert (status.hangs, status.hung_in, status.stuck) == (1, 'decode', False)
    ((part, error),) = watched.seen.errors
    assert part == 'watchdog'
    assert 'stage decode, hangs for 10 s; it is replaced' in str(error)
    assert len(watched.loaded) == 1
    gate.open.set()


def test_what_the_one_that_hung_finds_later_is_ignored(watched):
    gate = watched.hang()
    watched.replaced()
    watched.check_until(watched.working)
    gate.open.set()
    watched.result_at(5.0)
    workers = [t for t in threading.enumerate() if t.name == 'pipeline']
    assert len(workers) <= 2
    assert {r.result.stamp_ns for r in watched.seen.results} == {seconds(5.0)}


def test_only_so_many_are_left_behind_and_it_goes_on_when_one_returns(watched):
    gates = []
    for count in range(MOST_STUCK):
        watched.check_until(watched.working)
        gates.append(watched.hang())
        watched.replaced()
        assert watched.worker.status().hangs == count + 1
    watched.clock.now_s += 1000.0
    for _ in range(20):
        watched.worker.check()
    assert watched.worker.status().stuck
    assert len(watched.loaded) == MOST_STUCK - 1
    assert 'no other is started until one of 3 returns' in str(watched.seen.errors[-1][1])
    gates[0].open.set()
    watched.check_until(watched.working)
    assert not watched.worker.status().stuck
    watched.result_at(9.0)
    for gate in gates:
        gate.open.set()


def while_another_is_loaded(**fakes):
    """A worker that hangs at a gate, and the event that lets the loading of the next one end."""
    entered, go = threading.Event(), threading.Event()

    def slow(config):
        entered.set()
        assert go.wait(DEADLINE_S)
        return make_pipeline(config, **fakes)

    watched = Watched(slow)
    gate = watched.hang()
    watched.replaced()
    assert entered.wait(DEADLINE_S)
    return watched, gate, go


def test_loading_is_no_hanging():
    watched, gate, go = while_another_is_loaded()
    for _ in range(5):
        watched.clock.now_s += 10 * TIMEOUT_S
        watched.worker.check()
    assert watched.worker.status().hangs == 1
    assert watched.worker.put_frame(lambda: frame_at(1.0)), 'dropped'
    assert watched.worker.newest_arrival_s == -math.inf, 'nobody is there to see anything'
    go.set()
    watched.check_until(watched.working)
    watched.worker.stop()
    gate.open.set()


def test_what_cannot_be_loaded_is_reported_and_tried_again_later():
    failures = [OSError('the model is gone')]

    def make(config):
        if failures:
            raise failures.pop()
        return make_pipeline(config)

    watched = Watched(make)
    gate = watched.hang()
    watched.replaced()
    watched.seen.wait(lambda s: any('gone' in str(error) for _, error in s.errors))
    watched.worker.check()
    assert not watched.working()
    watched.clock.now_s += TIMEOUT_S
    watched.check_until(watched.working)
    watched.worker.stop()
    gate.open.set()


def test_settings_that_changed_meanwhile_are_in_force_afterwards():
    watched, gate, go = while_another_is_loaded(boxes=((0, 0, 40, 40), (60, 60, 40, 40)))
    config = watched.config
    watched.worker.apply(replace(config, face=replace(config.face, max_faces=1)))
    broken = replace(config, fusion=replace(config.fusion, plugin='no_such_fusion'))
    with pytest.raises(ConfigError, match='no_such_fusion'):
        watched.worker.apply(broken)
    go.set()
    watched.check_until(watched.working)
    watched.result_at(5.0)
    watched.result_at(6.0)
    assert len(watched.seen.results[-1].result.people) == 1
    watched.worker.stop()
    gate.open.set()


def test_a_load_that_ends_after_stopping_starts_nothing():
    watched, gate, go = while_another_is_loaded()
    watched.worker.stop()
    gate.open.set()
    go.set()
    for thread in threading.enumerate():
        if thread.name in ('loader', 'pipeline'):
            thread.join(DEADLINE_S)
    assert not {t.name for t in threading.enumerate()} & {'loader', 'pipeline'}
    assert not watched.working()


@pytest.mark.filterwarnings('ignore::pytest.PytestUnhandledThreadExceptionWarning')
def test_a_worker_that_ended_by_itself_is_replaced(watched):
    def raises(part, error):
        raise RuntimeError('a bug in who listens to errors')

    watched.worker._worker._on_error = raises
    watched.worker.put_frame(lambda: [][0])
    watched.replaced()
    assert any(isinstance(error, WatchdogError) for _, error in watched.seen.errors)
    watched.check_until(watched.working)
    watched.result_at(5.0)


def test_stopping_one_that_hangs_leaves_it_behind(watched):
    gate = Gate()
    watched.worker.put_frame(gate)
    assert gate.entered.wait(DEADLINE_S)
    watched.worker.stop()
    assert 'does not end' in str(watched.seen.errors[-1][1])
    gate.open.set()


def test_those_left_behind_are_counted_from_one_activation_to_the_next():
    left_behind, gates = [], []
    for _ in range(MOST_STUCK):
        activation = Watched(left_behind=left_behind)
        gates.append(activation.hang())
        activation.worker.check()
        activation.worker.stop()
    assert len(left_behind) == MOST_STUCK
    last = Watched(left_behind=left_behind)
    last.worker.check()
    assert last.worker.status().stuck
    assert not last.working()
    gates[0].open.set()
    last.check_until(last.working)
    last.result_at(5.0)
    last.worker.stop()
    for gate in gates:
        gate.open.set()


def test_one_that_came_back_is_not_kept_when_the_node_is_deactivated():
    left_behind = []
    watched = Watched(left_behind=left_behind)
    gate = watched.hang()
    watched.replaced()
    (stuck,) = left_behind
    gate.open.set()
    assert stuck.stop(DEADLINE_S)
    watched.worker.stop()
    assert left_behind == []
