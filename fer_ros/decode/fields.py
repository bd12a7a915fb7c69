"""Fields that all messages share, and how their failures are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from fer_ros.types import NS_PER_S

_Decoder = TypeVar('_Decoder', bound=Callable[..., Any])


LATEST_NS = (2**31 - 120) * NS_PER_S
"""Two minutes before the last moment that a message can tell: the end of any sound fits, too."""


class DecodeError(ValueError):
    """A message that cannot be turned into a sample."""


def stamp_ns(message: Any) -> int:
    """The capture time in a message's header.  A driver that leaves it empty is refused."""
    stamp = message.header.stamp
    nanosec = int(stamp.nanosec)
    if not 0 <= nanosec < NS_PER_S:
        raise DecodeError(f'header.stamp.nanosec is {nanosec}, not below {NS_PER_S}')
    result = int(stamp.sec) * NS_PER_S + nanosec
    if not 0 < result <= LATEST_NS:
        raise DecodeError(f'header.stamp is {result} ns; it must be the time of capture')
    return result


def as_bytes(data: Any) -> npt.NDArray[np.uint8]:
    """The bytes (N,) of a field: array, bytes, list or NumPy; not copied where they need not."""
    if isinstance(data, (list, tuple)):
        return np.array(data, dtype=np.uint8)
    return np.frombuffer(data, dtype=np.uint8)


def only_decode_errors(decode: _Decoder) -> _Decoder:
    """Make every failure a DecodeError: a field that is missing or of another type."""

    @wraps(decode)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return decode(*args, **kwargs)
        except DecodeError:
            raise
        except (AttributeError, TypeError, ValueError, OverflowError, BufferError) as error:
            raise DecodeError(f'not a message of the expected type: {error}') from error

    return checked  # type: ignore[return-value]
