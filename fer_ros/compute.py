"""What the networks of this process compute on.

Only what runs on a GPU, or is trained, needs torch, which takes a second to import and 200 MB; so
nothing here imports it where it makes no difference.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

import threadpoolctl

_DRIVER = 'libcuda.so.1'
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Parameters of mallopt() in glibc's malloc.h."""
_LARGE = 8 * 2**20
"""Bytes of a buffer that is given back at once; a picture of 1920x1080 has fewer."""
_ARENAS = 2


def device_in_use(device: str) -> str:
    """What 'auto' comes to; other names stay as they are."""
    if is_processor(device):
        return 'cpu'
    from fer_ros import torch_backbone

    return str(torch_backbone.choose_device(device))


def is_processor(device: str) -> bool:
    """Whether a device is the CPU: by its name, or for 'auto', because there is no other."""
    if device != 'auto':
        return device == 'cpu'
    if not _driver_sees_a_gpu():
        return True
    from fer_ros import torch_backbone

    return torch_backbone.choose_device('auto').type == 'cpu'


def fast_precision(device: str) -> str:
    """The precision that 'auto' means on a device: float32 on the CPU; see torch_backbone."""
    if is_processor(device):
        return 'float32'
    from fer_ros import torch_backbone

    return torch_backbone.fast_precision(torch_backbone.choose_device(device))


@cache
def _driver_sees_a_gpu() -> bool:
    """Asks NVIDIA's driver, which is there wherever torch could use one of its GPUs."""
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    count = ctypes.c_int(0)
    is_ready = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return is_ready and count.value > 0


def use_threads(count: int) -> None:
    """Let PyTorch, OpenCV and the matrix products of NumPy and SciPy use so many threads each.

    Of those that are loaded by now.  More threads than idle cores make a small network or product
    many times slower, because its threads wait for each other.  In onnxruntime each model is told
    when it is loaded.
    """
    torch, cv2 = sys.modules.get('torch'), sys.modules.get('cv2')
    if torch is not None:
        torch.set_num_threads(count)
    if cv2 is not None:
        cv2.setNumThreads(count)
    threadpoolctl.threadpool_limits(count, user_api='blas')


def keep_no_large_buffers() -> None:
    """Have the C library give large buffers back to the system as soon as they are freed.

    To be called before there are threads.  glibc otherwise raises the size from which it does so
    with every larger buffer that it meets, and has memory apart for each thread, so that one flood
    of large messages makes a process larger for good.  Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_ARENA_MAX, _ARENAS)


def give_freed_memory_back() -> None:
    """Give all that is freed back to the system, also what lies between things that stay.

    glibc by itself gives back only what lies at the end of its memory.  This takes a millisecond,
    in which other threads may wait for memory.  Other C libraries are left as they are.
    """
    malloc_trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if malloc_trim is not None:
        malloc_trim(0)


def free_memory() -> None:
    """Free models that nobody holds any more, and give their memory back to device and system.

    A pipeline and its parts refer to each other, so that Python would free it only some time.
    """
    gc.collect()
    give_freed_memory_back()
    torch = sys.modules.get('torch')
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
