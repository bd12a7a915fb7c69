import gc
import weakref

import cv2
import pytest

from fer_ros import compute


def test_the_device_in_use_is_a_real_one():
    torch = pytest.importorskip('torch')
    wanted = 'cuda' if torch.cuda.is_available() else 'cpu'
    assert compute.device_in_use('auto') == wanted
    assert compute.device_in_use('cpu') == 'cpu'


def test_networks_and_pictures_use_as_many_threads_as_they_are_told():
    torch = pytest.importorskip('torch')
    before, before_cv2 = torch.get_num_threads(), cv2.getNumThreads()
    try:
        for count in (1, 2):
            compute.use_threads(count)
            assert (torch.get_num_threads(), cv2.getNumThreads()) == (count, count)
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
