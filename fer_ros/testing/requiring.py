"""What all contracts have in common: how a breach is told, what inputs are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from fer_ros.labels import LABELS
from fer_ros.types import FloatArray, ImageArray, read_only

C = len(LABELS)
"""Classes of a distribution."""


def require(condition: bool, reason: str) -> None:
    """Raises AssertionError with the reason where it does not hold."""
    if not condition:
        raise AssertionError(reason)


def require_raises(call: Callable[[], object], error: type[Exception], what: str) -> None:
    """Raises AssertionError where a call does not raise what it must."""
    try:
        call()
    except error:
        return
    raise AssertionError(f'{what} must raise {error.__name__}')


def check_distribution(probabilities: FloatArray, what: str) -> None:
    """Raises AssertionError where ``probabilities`` (C,) are none; ``what`` begins the reason."""
    shape, kind = probabilities.shape, probabilities.dtype
    require(shape == (C,) and kind == np.float32, f'{what} {kind} {shape}, not float32 ({C},)')
    require(bool(np.isfinite(probabilities).all()), f'{what} {probabilities}, not finite')
    require(bool((probabilities >= 0).all()), f'{what} {probabilities}, some negative')
    total = float(probabilities.sum())
    require(abs(total - 1) < 1e-4, f'{what} probabilities that sum to {total}, not to 1')


def pictures(height: int, width: int) -> Iterator[ImageArray]:
    """RGB pictures (H, W, 3) uint8: noise, black, white."""
    random = np.random.default_rng(0)
    shape = (height, width, 3)
    yield read_only(random.integers(0, 256, shape, dtype=np.uint8))
    yield read_only(np.zeros(shape, np.uint8))
    yield read_only(np.full(shape, 255, np.uint8))


def sounds(count: int, rate_hz: int) -> Iterator[FloatArray]:
    """Mono samples: noise, silence, clipped, a tone, a faint one, and noise after silence."""
    random = np.random.default_rng(0)
    noise = random.uniform(-1, 1, count).astype(np.float32)
    tone = np.sin(2 * np.pi * 220 * np.arange(count) / rate_hz).astype(np.float32)
    heard_late = noise.copy()
    heard_late[: count // 2] = 0.0
    for samples in (noise, np.zeros_like(noise), np.sign(noise), tone, tone * 1e-6, heard_late):
        yield read_only(samples)
