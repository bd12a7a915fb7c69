"""Loads that a test invents, second by second."""

from dataclasses import replace

import pytest

from fer_ros.budget import Budget, BudgetConfig

CONFIG = BudgetConfig(max_load=0.8, frame_rate=10.0, step_after=2.0, recover_after=10.0)


class Machine:
    """Works a share of every second, and reads as many pictures as it can."""

    def __init__(self, config=CONFIG, highest=3):
        self.budget = Budget(config, highest)
        self.budget.worked(0.0, 0.0, 0, 0)
        self.now_s = 0.0

    def run(self, seconds, busy, read=10, arrived=10):
        """The level at the end of each second."""
        levels = []
        for _ in range(seconds):
            begin_s, self.now_s = self.now_s + 1.0 - busy, self.now_s + 1.0
            levels.append(self.budget.worked(begin_s, self.now_s, read, arrived))
        return levels

    @property
    def level(self):
        return self.budget.state.level


def test_a_machine_that_keeps_up_leaves_nothing_out():
    machine = Machine()
    assert set(machine.run(100, busy=0.75)) == {0}
    assert machine.budget.load == pytest.approx(0.75)


def test_too_much_work_leaves_more_and_more_out_but_never_more_than_there_is():
    machine = Machine()
    assert machine.run(10, busy=1.0) == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3]
    assert machine.budget.state.since_s == 6.0
    assert machine.budget.state.why == 'a load of 100%, more than 80%'


def test_a_short_burst_is_no_overload():
    machine = Machine()
    for _ in range(10):
        assert machine.run(2, busy=0.6) == [0, 0]
        machine.budget.worked(machine.now_s, machine.now_s + 0.3, 1, 1)


def test_when_there_is_room_it_recovers_one_step_after_the_other():
    machine = Machine()
    machine.run(4, busy=1.0)
    assert machine.run(20, busy=0.2) == [2] * 9 + [1] * 10 + [0]
    assert 'leaves room' in machine.budget.state.why


def test_a_load_just_below_the_limit_stays_as_it_is():
    machine = Machine()
    machine.run(4, busy=1.0)
    assert set(machine.run(100, busy=0.6)) == {2}


def test_each_step_back_that_was_too_much_makes_the_next_wait_longer():
    machine = Machine()
    machine.run(2, busy=1.0)
    waits = []
    for _ in range(7):
        waits.append(machine.run(400, busy=0.1).index(0) + 1)
        machine = again(machine, waits)
    assert waits == [10, 20, 40, 80, 160, 160, 160]


def again(machine, waits):
    """The same history as before, with all the waits, and an overload after each of them."""
    fresh = Machine()
    fresh.run(2, busy=1.0)
    for wait_s in waits:
        assert fresh.run(wait_s, busy=0.1)[-1] == 0
        assert fresh.run(2, busy=1.0)[-1] == 1
    return fresh


def test_after_a_step_back_that_lasted_the_wait_is_as_at_first():
    machine = again(Machine(), [10, 20])
    machine.run(40, busy=0.1)
    machine.run(60, busy=0.5)
    machine.run(2, busy=1.0)
    assert machine.run(10, busy=0.1)[-1] == 0


def test_pictures_that_nobody_needs_are_no_load():
    machine = Machine()
    assert set(machine.run(50, busy=1.0, read=40, arrived=200)) == {0}
    assert machine.budget.load == pytest.approx(0.25)


def test_too_few_pictures_are_a_load_even_if_the_worker_rests():
    machine = Machine()
    assert machine.run(2, busy=0.5, read=4, arrived=30) == [0, 1]
    assert machine.budget.load == pytest.approx(0.5 * 10 / 4)


def test_a_slow_camera_needs_no_more_than_it_sends():
    assert set(Machine().run(50, busy=0.7, read=5, arrived=5)) == {0}


def test_sound_alone_is_work_too():
    assert Machine().run(4, busy=0.9, read=0, arrived=0) == [0, 1, 1, 2]


def test_one_picture_may_take_longer_than_a_step():
    budget = Budget(CONFIG, 3)
    budget.worked(0.0, 0.0, 0, 0)
    assert budget.worked(0.0, 5.0, 1, 1) == 1
    assert budget.worked(5.0, 10.0, 1, 50) == 2


def test_the_very_first_work_does_not_count():
    budget = Budget(CONFIG, 3)
    assert budget.worked(0.0, 5.0, 1, 1) == 0
    assert budget.load is None


def test_switched_off_it_leaves_nothing_out():
    machine = Machine()
    machine.run(4, busy=1.0)
    machine.budget.config = replace(CONFIG, enabled=False)
    assert machine.run(4, busy=1.0)[-1] == 0
