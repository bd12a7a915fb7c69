"""Ctrl-C at moments when it must not be raised."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from fer_ros import interrupts


@pytest.fixture
def other_thread():
    """A thread that may be handed a signal, and works, so that Python looks for signals."""
    end = threading.Event()

    def work():
        while not end.wait(0.001):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    yield
    end.set()
    thread.join()


def test_ctrl_c_waits_until_the_end(other_thread):
    before = signal.getsignal(signal.SIGINT)
    done = []

    def work():
        with interrupts.waiting():
            os.kill(os.getpid(), signal.SIGINT)
            until_s = time.monotonic() + 0.2
            while time.monotonic() < until_s:
                pass  # Python runs handlers between its own steps
            done.append('all of it')

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ['all of it']
    assert signal.getsignal(signal.SIGINT) is before


def test_without_ctrl_c_nothing_is_changed():
    before = signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with interrupts.waiting():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert before == (
        signal.getsignal(signal.SIGINT),
        signal.pthread_sigmask(signal.SIG_BLOCK, ()),
    )


def test_a_process_that_is_started_meanwhile_never_hears_of_it():
    asks = 'import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))'
    with interrupts.waiting():
        told = subprocess.run([sys.executable, '-c', asks], capture_output=True, text=True)
    assert told.stdout == 'True\n'


def test_other_threads_may_wait_as_well():
    errors = []

    def wait():
        try:
            with interrupts.waiting():
                pass
        except ValueError as error:  # what Python says of handlers that other threads set
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert errors == []


@pytest.fixture
def interrupts_at():
    """Interrupts of this process with a clock that a test sets."""
    hook = sys.unraisablehook
    now = SimpleNamespace(s=100.0)
    installed = interrupts.Interrupts(lambda: now.s)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    installed.install(signal.SIGTERM)
    yield installed, now
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)
    sys.unraisablehook = hook


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_raised_and_remembered(interrupts_at, number):
    installed, _ = interrupts_at
    assert not installed.came
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert installed.came


def test_signals_close_together_are_one(interrupts_at):
    _, now = interrupts_at
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    now.s += 0.5
    signal.raise_signal(signal.SIGINT)
    now.s += 1.0
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_is_ending_is_not_interrupted(interrupts_at):
    installed, _ = interrupts_at
    installed.ending = True
    signal.raise_signal(signal.SIGINT)
    assert installed.came


def test_what_a_destructor_swallows_is_raised_after_it(interrupts_at, capsys):
    class Swallows:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def work():
        Swallows()
        until_s = time.monotonic() + 10.0
        while time.monotonic() < until_s:
            pass  # Python runs handlers between its own steps

    installed, _ = interrupts_at
    installed.install()  # pytest has put a hook of its own there since
    with pytest.raises(KeyboardInterrupt):
        work()
    assert capsys.readouterr().err == ''
