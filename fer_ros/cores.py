"""Which cores of the machine a thread runs on.

On a robot other programs want cores as well, and a scheduler that moves the worker about costs it
its caches.  The worker can be bound to cores of its own, and the ROS executor kept off them.
"""

from __future__ import annotations

import os
import re


class CoreError(ValueError):
    """A list of cores that is none, names some that are not there, or cannot be followed here."""


def _given() -> frozenset[int]:
    """The cores that this process was given; none where threads cannot be bound to cores."""
    return frozenset(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else frozenset()


_GIVEN = _given()
"""When the process began: a thread that is bound later sees fewer."""


def listed(text: str) -> frozenset[int]:
    """The numbers in a list as taskset takes it: '2', '0,2' or '0-2,5'; '' for none.

    Raises CoreError for what is not such a list, and for cores that this process may not use.
    """
    cores: set[int] = set()
    for part in filter(None, text.replace(' ', '').split(',')):
        match = re.fullmatch(r'(\d{1,5})(?:-(\d{1,5}))?', part, re.ASCII)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise CoreError(f"cores {text!r}: {part!r} is no core; write '2', '0,2' or '0-2'")
        cores.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    if cores and not _GIVEN:
        raise CoreError(f'cores {text!r}: this system cannot bind threads to cores')
    if missing := cores - _GIVEN:
        raise CoreError(f'cores {text!r}: no {_joined(missing)} here, there are {_joined(_GIVEN)}')
    return frozenset(cores)


def pin(text: str) -> None:
    """Bind the calling thread, and those it starts, to listed cores; none changes nothing."""
    if cores := listed(text):
        os.sched_setaffinity(0, cores)


def keep_off(text: str) -> None:
    """Keep the calling thread off listed cores; if there are no others this changes nothing."""
    if (cores := listed(text)) and (others := _GIVEN - cores):
        os.sched_setaffinity(0, others)


def _joined(cores: frozenset[int] | set[int]) -> str:
    return ', '.join(map(str, sorted(cores)))
