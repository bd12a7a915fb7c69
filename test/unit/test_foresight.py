import numpy as np
import pytest

from fakes import FakeDetector, frame_at
from fer_ros.evaluation.foresight import Foresight
from fer_ros.evaluation.reading_ahead import ahead
from fer_ros.types import Face


class LearnedDetector(FakeDetector):
    """Says something else each time it is asked."""

    def __init__(self):
        super().__init__(FakeDetector.Config())

    def detect(self, image):
        self.calls += 1
        if self.fail:
            raise self.fail
        return [Face(self.calls, 0, 1, 1, 0.9)]


@pytest.fixture
def detector():
    return LearnedDetector()


def frames(count, step_s=0.04):
    return [frame_at(number * step_s) for number in range(count)]


def test_pictures_that_are_due_were_looked_at_before_they_are_asked_for(detector):
    foresight = Foresight(detector)
    seen = list(foresight.of(frames(6), 0.1))
    assert detector.calls == 2
    first, second = foresight.detect(seen[0].image), foresight.detect(seen[3].image)
    assert ([face.x for face in first], [face.x for face in second]) == ([1], [2])
    assert detector.calls == 2
    assert foresight.take_spent_ns() > 0
    assert foresight.take_spent_ns() == 0


def test_another_picture_than_was_foreseen_is_looked_at_when_it_is_asked_for(detector):
    foresight = Foresight(detector)
    seen = list(foresight.of(frames(3), 0.1))
    assert [face.x for face in foresight.detect(seen[1].image)] == [2]
    assert foresight.take_spent_ns() == 0


def test_after_time_jumped_back_the_first_picture_is_due(detector):
    foresight = Foresight(detector)
    list(foresight.of([frame_at(5.0), frame_at(1.0), frame_at(1.05)], 0.1))
    assert detector.calls == 2


def test_a_detector_that_fails_fails_when_it_is_asked(detector):
    detector.fail = RuntimeError('broken')
    foresight = Foresight(detector)
    (seen,) = foresight.of([frame_at(0)], 0.1)
    with pytest.raises(RuntimeError, match='broken'):
        foresight.detect(seen.image)


def test_answers_that_nobody_asks_for_do_not_pile_up(detector):
    foresight = Foresight(detector)
    list(foresight.of(frames(200), 0.0))
    assert len(foresight._answers) <= 32


def test_what_is_read_ahead_comes_in_order():
    assert list(ahead(iter(range(100)), depth=3)) == list(range(100))


def test_no_more_is_read_ahead_than_allowed():
    read = []

    def items():
        for number in range(100):
            read.append(number)
            yield number

    items_ahead = ahead(items(), depth=3)
    assert next(items_ahead) == 0
    items_ahead.close()
    assert len(read) <= 6


def test_what_reading_raises_is_raised_in_its_turn():
    def items():
        yield 1
        raise OSError('cut off')

    items_ahead = ahead(items())
    assert next(items_ahead) == 1
    with pytest.raises(OSError, match='cut off'):
        next(items_ahead)


def test_arrays_pass_as_they_are():
    array = np.zeros(3)
    assert next(ahead([array])) is array
