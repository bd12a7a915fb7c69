"""What the networks of this process compute on.

Networks load torch only when they are built, so nothing here does: where it is not loaded there is
nothing to be set.
"""

from __future__ import annotations

import sys


def device_in_use(device: str) -> str:
    """What 'auto' came to, once models are loaded; other names stay as they are."""
    if 'torch' not in sys.modules:
        return device
    from fer_ros import torch_backbone

    return str(torch_backbone.choose_device(device))


def use_threads(count: int) -> None:
    """Let the models of this process compute with so many threads each.

    More threads than idle cores make a small network many times slower, because its threads wait
    for each other at every layer.
    """
    torch = sys.modules.get('torch')
    if torch is not None:
        torch.set_num_threads(count)


def free_device_memory() -> None:
    """Give the memory of models that nobody holds any more back to the device."""
    torch = sys.modules.get('torch')
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
