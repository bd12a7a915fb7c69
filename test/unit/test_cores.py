import os
import threading

import pytest

from fer_ros import cores
from fer_ros.config import parse
from fer_ros.cores import CoreError
from fer_ros.pipeline import EmotionPipeline, PipelineConfig

needs_affinity = pytest.mark.skipif(
    not hasattr(os, 'sched_setaffinity'), reason='this system cannot bind threads to cores'
)
FOUR = frozenset(range(4))


@pytest.fixture
def four_cores(monkeypatch):
    """A machine with four, whose threads are asked to run on these."""
    asked = []
    monkeypatch.setattr(cores, '_GIVEN', FOUR)
    monkeypatch.setattr(
        os, 'sched_setaffinity', lambda _, bound: asked.append(bound), raising=False
    )
    return asked


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [('', set()), ('2', {2}), ('0,2', {0, 2}), (' 0-1, 3 ', {0, 1, 3}), ('1-1', {1})],
)
def test_lists_are_those_of_taskset(four_cores, text, wanted):
    assert cores.listed(text) == wanted


@pytest.mark.parametrize('text', ['two', '-1', '1-', '2-1', '0;1', '1.5', '0-99999999999'])
def test_what_is_no_list_is_refused_with_how_to_write_one(four_cores, text):
    with pytest.raises(CoreError, match="write '2', '0,2' or '0-2'"):
        cores.listed(text)


def test_cores_that_are_not_there_are_named(four_cores):
    with pytest.raises(CoreError, match=r"cores '2-5': no 4, 5 here, there are 0, 1, 2, 3"):
        cores.pin('2-5')
    assert not four_cores


def test_a_system_that_cannot_bind_threads_says_so(monkeypatch):
    monkeypatch.setattr(cores, '_GIVEN', frozenset())
    assert cores.listed('') == set()
    with pytest.raises(CoreError, match='cannot bind'):
        cores.pin('0')


def test_one_thread_gets_the_cores_and_the_other_the_rest(four_cores):
    cores.pin('1,2')
    cores.keep_off('1,2')
    assert four_cores == [{1, 2}, {0, 3}]


def test_nothing_listed_or_nothing_left_changes_nothing(four_cores):
    cores.pin('')
    cores.keep_off('')
    cores.keep_off('0-3')
    assert not four_cores


@needs_affinity
def test_only_the_calling_thread_is_bound():
    before = os.sched_getaffinity(0)
    seen = []

    def bound():
        cores.pin(str(max(before)))
        seen.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=bound)
    thread.start()
    thread.join()
    assert seen == [{max(before)}]
    assert os.sched_getaffinity(0) == before


def test_a_pipeline_is_not_loaded_for_cores_that_are_not_there():
    with pytest.raises(CoreError, match="cores '9999'"):
        EmotionPipeline.load(parse(PipelineConfig, {'cores': '9999'}))
