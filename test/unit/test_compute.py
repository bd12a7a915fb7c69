import ctypes
import gc
import subprocess
import sys
import weakref

import cv2
import pytest
import threadpoolctl

from fer_ros import compute


def test_the_device_in_use_is_a_real_one():
    torch = pytest.importorskip('torch')
    wanted = 'cuda' if torch.cuda.is_available() else 'cpu'
    assert compute.device_in_use('auto') == wanted
    assert compute.device_in_use('cpu') == 'cpu'


def test_networks_and_pictures_use_as_many_threads_as_they_are_told():
    torch = pytest.importorskip('torch')
    before, before_cv2 = torch.get_num_threads(), cv2.getNumThreads()
    products = threadpoolctl.ThreadpoolController().select(user_api='blas')
    try:
        for count in (1, 2):
            compute.use_threads(count)
            assert (torch.get_num_threads(), cv2.getNumThreads()) == (count, count)
            assert {found['num_threads'] for found in products.info()} == {count}
    finally:
        torch.set_num_threads(before)
        cv2.setNumThreads(before_cv2)


def test_models_that_refer_to_each_other_are_freed():
    class Part:
        pass

    one, other = Part(), Part()
    one.other, other.other = other, one
    freed = weakref.ref(one)
    gc.disable()
    try:
        del one, other
        assert freed() is not None
        compute.free_memory()
        assert freed() is None
    finally:
        gc.enable()


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='needs /proc')
def test_a_large_buffer_is_given_back_whatever_came_before():
    code = """
import re
from pathlib import Path
from fer_ros import compute

def resident():
    return int(re.search(r'VmRSS:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])

compute.keep_no_large_buffers()
before = resident()
for size in (9, 12, 20, 28):
    large = bytearray(b'x') * (size * 2**20)
    small = bytearray(b'x') * 2**16  # above the large one, where that lies in the heap
    del large
print(resident() - before)
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2048, 'kB are left'


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='needs /proc')
def test_what_is_freed_between_things_that_stay_is_given_back():
    if getattr(ctypes.CDLL(None), 'malloc_trim', None) is None:
        pytest.skip('this C library has no malloc_trim()')
    code = """
import re
from pathlib import Path
from fer_ros import compute

def resident():
    return int(re.search(r'VmRSS:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])

compute.keep_no_large_buffers()
large = [bytearray(b'x') * 2**20 for _ in range(64)]
del large[::2]
before = resident()
compute.give_freed_memory_back()
print(before - resident())
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 16 * 1024, 'kB are given back'
