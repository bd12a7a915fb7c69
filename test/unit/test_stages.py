import pytest

from fer_ros.stages import Stages


class Timer:
    """A clock that a test moves."""

    def __init__(self):
        self.now_ns = 0

    def __call__(self):
        return self.now_ns


def test_time_adds_up_by_name_until_it_is_taken():
    timer = Timer()
    stages = Stages(timer)
    for duration in (5, 7):
        with stages.stage('detect'):
            timer.now_ns += duration
    timer.now_ns += 100
    with stages.stage('fuse'):
        timer.now_ns += 1
    assert stages.take() == {'detect': 12, 'fuse': 1}
    assert stages.take() == {}


def test_a_stage_that_fails_is_counted_as_well():
    timer = Timer()
    stages = Stages(timer)

    def fail():
        timer.now_ns += 3
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), stages.stage('detect'):
        fail()
    assert stages.take() == {'detect': 3}
