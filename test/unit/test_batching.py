"""Calls that meet while a network works; the network is a gate that the test opens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_fakes import DEADLINE_S, Clock

from fer_ros.batching import BatchError, JoinedCalls


def _net(inputs):
    """Each row on its own: its double, and its sum."""
    if np.any(inputs == 13):
        raise ValueError('an unlucky row')
    return inputs * 2.0, inputs.sum(axis=1, keepdims=True)


def _rows(*values):
    return np.array(values, np.float32)[:, None].repeat(3, axis=1)


class Gated:
    """A network that works on its first inputs until the test opens it; then it is as fast."""

    def __init__(self, net=_net):
        self.batches = []
        self.entered, self.open = threading.Event(), threading.Event()
        self._net = net

    def __call__(self, inputs):
        self.batches.append(len(inputs))
        self.entered.set()
        assert self.open.wait(DEADLINE_S)
        return self._net(inputs)


class Callers:
    """Threads that call; the first is in the network, and the others wait behind it."""

    def __init__(self, net, *inputs, clock=None):
        self.net = Gated(net)
        self.joined = JoinedCalls(self.net, *([clock] if clock else []))
        self._pool = ThreadPoolExecutor(16)
        self.first = self._pool.submit(self.joined, _rows(0))
        assert self.net.entered.wait(DEADLINE_S)
        self.others = []
        for rows in inputs:
            self.others.append(self._pool.submit(self.joined, rows))
        waiting = len(inputs) + 1
        pause = threading.Event()
        for _ in range(1000):
            if len(self.joined._waiting) == waiting:
                return
            pause.wait(DEADLINE_S / 1000)
        pytest.fail('not all callers wait')

    def answers(self):
        self.net.open.set()
        return [call.result(DEADLINE_S) for call in (self.first, *self.others)]

    def close(self):
        self.net.open.set()
        self._pool.shutdown()


@pytest.fixture
def callers():
    made = []

    def make(*args, **more):
        made.append(Callers(*args, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_call_alone_is_the_function_itself():
    joined = JoinedCalls(_net)
    inputs = _rows(1, 2)
    for got, wanted in zip(joined(inputs), _net(inputs), strict=True):
        assert np.array_equal(got, wanted)


def test_those_who_wait_go_in_one_batch_and_each_gets_its_own(callers):
    several = callers(_net, _rows(1), _rows(2, 3), _rows(4, 5, 6))
    answers = several.answers()
    assert several.net.batches == [1, 6]
    for rows, answer in zip(
        (_rows(0), _rows(1), _rows(2, 3), _rows(4, 5, 6)), answers, strict=True
    ):
        for got, wanted in zip(answer, _net(rows), strict=True):
            assert np.array_equal(got, wanted)


def test_an_error_reaches_only_who_gave_the_inputs_that_raise_it(callers):
    several = callers(_net, _rows(1), _rows(13), _rows(2))
    several.net.open.set()
    first, good, bad, good_too = several.first, *several.others
    assert first.exception(DEADLINE_S) is None
    assert np.array_equal(good.result(DEADLINE_S)[0], _rows(2))
    assert np.array_equal(good_too.result(DEADLINE_S)[0], _rows(4))
    assert isinstance(bad.exception(DEADLINE_S), ValueError)
    assert np.array_equal(several.joined(_rows(3))[0], _rows(6)), 'and it goes on'


def test_inputs_of_another_shape_do_not_spoil_those_of_others(callers):
    wide = np.ones((1, 5), np.float32)
    several = callers(_net, _rows(1), wide)
    answers = several.answers()
    assert np.array_equal(answers[1][0], _rows(2))
    assert np.array_equal(answers[2][0], wide * 2)


def test_a_batch_that_is_too_much_is_taken_apart(callers):
    def small(inputs):
        if len(inputs) > 1:
            raise MemoryError
        return _net(inputs)

    several = callers(small, _rows(1), _rows(2))
    answers = several.answers()
    assert [answer[0][0, 0] for answer in answers] == [0, 2, 4]


def test_a_network_that_does_not_count_right_gives_nobody_the_answer_of_another(callers):
    several = callers(lambda inputs: (np.ones((1, 3)), np.ones((1, 1))), _rows(1), _rows(2, 3))
    several.net.open.set()
    first, alone, pair = several.first, *several.others
    assert first.exception(DEADLINE_S) is None
    assert alone.exception(DEADLINE_S) is None
    with pytest.raises(BatchError, match='1 embeddings and 1 logits of 2 inputs'):
        pair.result(DEADLINE_S)


def test_a_thread_that_a_plugin_ends_leaves_the_others_their_turn(callers):
    def deadly(inputs):
        if len(inputs) == 1 and inputs[0, 0] == 0:
            raise SystemExit
        return _net(inputs)

    several = callers(deadly, _rows(1), _rows(2))
    several.net.open.set()
    assert isinstance(several.first.exception(DEADLINE_S), SystemExit)
    assert [call.result(DEADLINE_S)[0][0, 0] for call in several.others] == [2, 4]


def test_no_inputs_do_not_wait_for_the_inputs_of_others(callers):
    several = callers(_net)
    several.net.open.set()
    several.first.result(DEADLINE_S)
    several.net.open.clear()
    several.net.entered.clear()
    held = several._pool.submit(several.joined, _rows(1))
    assert several.net.entered.wait(DEADLINE_S)
    embeddings, logits = several.joined(_rows()[:, None].reshape(0, 3))
    assert (embeddings.shape, logits.shape) == ((0, 3), (0, 1))
    assert not held.done()


def test_it_tells_for_how_long_the_network_has_been_at_it(callers):
    clock = Clock(5.0)
    several = callers(_net, clock=clock)
    clock.now_s = 8.0
    assert several.joined.running_s == 3.0
    several.answers()
    assert several.joined.running_s == 0.0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(-20, 20), max_size=5), min_size=1, max_size=24))
def test_many_threads_get_what_each_would_get_alone(calls):
    joined = JoinedCalls(_net)

    def outcome(function, values):
        try:
            return [part.tolist() for part in function(_rows(*values).reshape(-1, 3))]
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda values: outcome(joined, values), calls))
    assert got == [outcome(_net, values) for values in calls]
