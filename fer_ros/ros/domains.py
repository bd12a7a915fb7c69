"""A ROS domain of one's own on this machine, for what must not hear others: benchmarks, tests.

A TCP port says that a domain is taken; the system gives it back however its process ends.  Nodes
that this process started may live on, so the ports that RTPS has for a domain are looked at, too.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterable

DOMAINS = range(10, 100)
_LOCK_PORT = 21000
"""Plus the domain: whoever is bound to it has the domain."""
_RTPS_PORT, _PORTS_OF_A_DOMAIN = 7400, 250
"""PB and DG of the RTPS standard (DDSI-RTPS 2.5, 9.6.2.3)."""
# one after the other: what a node that was killed leaves in shared memory is not met at once
_in_turn = itertools.cycle(DOMAINS)


class DomainError(RuntimeError):
    """No domain is free."""


class Domain:
    """A domain in which nobody on this machine is, kept from others until it is closed."""

    def __init__(self, domains: Iterable[int] | None = None) -> None:
        """Take the first free one of ``domains``, by default of all.  Raises DomainError."""
        tried = domains or itertools.islice(_in_turn, len(DOMAINS))
        for self.number in tried:
            self._lock = socket.socket()
            try:
                self._lock.bind(('127.0.0.1', _LOCK_PORT + self.number))
            except OSError:
                self._lock.close()
                continue
            if not _has_nodes(self.number):
                return
            self._lock.close()
        raise DomainError(
            'no ROS domain is free: each is taken by a test or a benchmark, or has nodes in it '
            '(a UDP port from 7400 + 250 * domain on is in use: ss -ulpn)'
        )

    def close(self) -> None:
        """Give it back."""
        self._lock.close()


def _has_nodes(domain: int) -> bool:
    first = _RTPS_PORT + _PORTS_OF_A_DOMAIN * domain
    return any(_is_used(port) for port in range(first, first + _PORTS_OF_A_DOMAIN))


def _is_used(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind(('', port))
        except OSError:
            return True
    return False
