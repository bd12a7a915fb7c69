"""Ctrl-C at moments when it must not be raised."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from fer_ros import interrupts


@pytest.fixture(autouse=True)
def pythons_handler():
    """That of Python, whatever commands that other tests ran have left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
