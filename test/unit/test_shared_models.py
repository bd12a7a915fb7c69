"""Backbones in memory once for all who want the same; loading is a fake that counts."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import ros_fakes
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
from fer_ros import cards
from fer_ros.budget import BudgetConfig
from fer_ros.shared_models import SharedBackbones
from fer_ros.testing import check_face_backbone
from fer_ros.watchdog import WatchdogConfig, WatchedWorker

KIND = 'face_backbone'
HUNG_S = 5.0


class Loader:
    """Builds readers of colours, and keeps count of them."""

    def __init__(self):
        self.asked = []

    def __call__(self, *wanted):
        self.asked.append(wanted)
        return ros_fakes.ColourReader(None, None, 'cpu')


@pytest.fixture
def model(tmp_path):
    return str(ros_fakes.write_model(tmp_path / 'face', KIND, 'ColourReader'))


@pytest.fixture
def loader():
    return Loader()


@pytest.fixture
def shared(loader):
    return SharedBackbones(lambda: HUNG_S, loader)


def test_who_wants_the_same_gets_the_same(shared, loader, model):
    first = shared.load(KIND, model, 'cpu', 1)
    assert shared.load(KIND, model, 'cpu', 1) is first
    assert loader.asked == [(KIND, model, 'cpu', 1)]
    check_face_backbone(first)


def test_another_device_or_setting_is_another_backbone(shared, loader, model):
    kept = [
        shared.load(KIND, model, *settings) for settings in (('cpu', 1), ('cuda:0', 1), ('cpu', 2))
    ]
    assert len(loader.asked) == len(kept)
    assert len({id(each) for each in kept}) == len(kept)


def test_a_model_that_was_exchanged_is_loaded_anew(shared, loader, model, tmp_path):
    first = shared.load(KIND, model)
    card = (tmp_path / 'face' / cards.CARD).read_text()
    (tmp_path / 'face' / cards.CARD).write_text(card.replace('not read', 'another one'))
    assert shared.load(KIND, model) is not first


def test_what_nobody_uses_any_more_is_freed(shared, loader, model):
    first, second = shared.load(KIND, model), shared.load(KIND, model)
    gone = threading.Event()
    weakref.finalize(first, gone.set)
    del first
    gc.collect()
    assert not gone.is_set(), 'somebody uses it'
    del second
    gc.collect()
    assert gone.is_set()
    shared.load(KIND, model)
    assert len(loader.asked) == 2


def test_those_who_come_while_it_loads_wait_for_it_and_others_do_not(loader, model, tmp_path):
    gate = Gate()

    def slow(*wanted):
        if wanted[1] == model:
            gate.entered.set()
            assert gate.open.wait(DEADLINE_S)
        return loader(*wanted)

    shared = SharedBackbones(lambda: HUNG_S, slow)
    other = str(ros_fakes.write_model(tmp_path / 'other', KIND, 'ColourReader'))
    with ThreadPoolExecutor(2) as pool:
        loading = [pool.submit(shared.load, KIND, model) for _ in range(2)]
        assert gate.entered.wait(DEADLINE_S)
        assert shared.load(KIND, other)
        gate.open.set()
        assert loading[0].result(DEADLINE_S) is loading[1].result(DEADLINE_S)
    assert [wanted[1] for wanted in loader.asked] == [other, model]


def test_what_cannot_be_loaded_is_tried_again_by_the_next(model):
    loads = iter([ValueError('the disk is away'), ros_fakes.ColourReader(None, None, 'cpu')])

    def load(*wanted):
        found = next(loads)
        if isinstance(found, Exception):
            raise found
        return found

    shared = SharedBackbones(lambda: HUNG_S, load)
    with pytest.raises(ValueError, match='the disk is away'):
        shared.load(KIND, model)
    assert shared.load(KIND, model).crop_size == 16
    with pytest.raises(cards.CardError, match='no_such_model'):
        shared.load(KIND, 'no_such_model')


class StuckReader(ros_fakes.ColourReader):
    """Hangs where there is a face, until the test lets it go."""

    def __init__(self, gate):
        self._gate = gate

    def infer(self, crops):
        if len(crops):
            self._gate()
        return super().infer(crops)


class Robot:
    """The watched worker of one robot whose face network is shared."""

    def __init__(self, shared, model, clock):
        self.seen = Collector()

        def load(config):
            return make_pipeline(config, face_backbone=shared.load(KIND, model))

        self.worker = WatchedWorker(
            load(config_with()),
            load,
            self.seen.result,
            self.seen.error,
            BudgetConfig(enabled=False),
            WatchdogConfig(timeout=2 * HUNG_S),
            [],
            clock,
        )
        self.worker.start()

    def show(self, time_s=1.0):
        self.worker.put_frame(lambda: frame_at(time_s))

    def check_until(self, predicate):
        check_until(self.worker, predicate)


def test_a_network_that_hangs_is_replaced_once_for_all_robots_that_share_it(model):
    clock, gate = Clock(100.0), Gate()
    built = []

    def load(*wanted):
        built.append(ros_fakes.ColourReader(None, None, 'cpu') if built else StuckReader(gate))
        return built[-1]

    shared = SharedBackbones(lambda: HUNG_S, load, clock)
    robots = [Robot(shared, model, clock) for _ in range(2)]
    robots[0].show()
    assert gate.entered.wait(DEADLINE_S)
    robots[1].show()
    robots[1].check_until(lambda: len(built[0].infer._waiting) == 2)
    clock.now_s += 2 * HUNG_S
    for robot in robots:
        robot.check_until(lambda robot=robot: robot.worker.status().hangs == 1)
        robot.check_until(lambda robot=robot: robot.worker.status().load is not None)
        assert robot.worker.status().hung_in == 'face_net'
    assert len(built) == 2, 'one new network, which both use'
    for robot in robots:
        robot.show(5.0)
        robot.seen.wait(lambda s: any(r.result.stamp_ns == seconds(5.0) for r in s.results))
    gate.open.set()
    for robot in robots:
        robot.check_until(lambda robot=robot: not robot.worker._stuck)
        assert {r.result.stamp_ns for r in robot.seen.results} == {seconds(5.0)}
        robot.worker.stop()
