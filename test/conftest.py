"""Shared fixtures.  Real data are used only where FER_ROS_DATA says that they are."""

import os
import resource
import signal
from pathlib import Path

# before any network is loaded: threads that wait for each other make small ones many times slower
os.environ.setdefault('OMP_NUM_THREADS', '1')

import pytest

# a shell without job control has its background jobs ignore Ctrl-C, which some tests send
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def signals_as_before():
    """A handler that a test leaves behind could end all tests, and nothing would be cleaned up."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    after = {number: signal.getsignal(number) for number in before}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert after == before


@pytest.fixture(scope='session')
def data_folder() -> Path:
    """The data sets; the test is skipped where there are none."""
    value = os.environ.get('FER_ROS_DATA', '')
    if not value:
        pytest.skip('FER_ROS_DATA is not set: no real data')
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail(f'FER_ROS_DATA is {value!r}, which is no folder')
    return folder


@pytest.fixture
def small_files():
    """Files of this process cannot become larger than this, in bytes, as on a full disk."""
    largest = 4096
    old, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.SIGXFSZ
    handler = signal.signal(ignored, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, old[1]))
    yield largest
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    signal.signal(ignored, handler)
