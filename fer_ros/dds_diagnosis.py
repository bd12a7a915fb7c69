"""Whether pictures of other processes can arrive: DDS loses those that find no room in silence.

Room is a matter of the process that sends, so what counts is the shell that a camera driver is
started from.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from fer_ros import dds
from fer_ros.finding import Finding
from fer_ros.resources import share_file

AREA = 'dds'
FAST_DDS = 'rmw_fastrtps'
"""How the names of its middlewares begin."""
RMEM_MAX = Path('/proc/sys/net/core/rmem_max')
ENOUGH_FOR_UDP = 4 * 2**20
"""Bytes of a socket's buffer that hold the pieces of some pictures."""
_SEGMENT = re.compile(r'fast(rtps|dds)_[0-9a-f]{16}')
_LOCK = '_el'
"""At the end of the name of the file that a process holds locked while it uses a segment."""
_WITH_FAST_DDS_2 = ('humble', 'iron', 'jazzy')


def look(
    middleware: str,
    environ: Mapping[str, str],
    shared_memory: Path = dds.SHARED_MEMORY,
    rmem_max: Path = RMEM_MAX,
) -> Iterator[Finding]:
    """What there is to say of a middleware, by its name in ROS, in a shell's environment."""
    yield Finding(AREA, 'middleware', True, middleware)
    if middleware.startswith(FAST_DDS):
        yield _room(environ)
        yield _free(shared_memory)
        yield _left_behind(shared_memory)
    if rmem_max.is_file():
        yield _socket_buffer(int(rmem_max.read_text()))


def left_behind(shared_memory: Path = dds.SHARED_MEMORY) -> Iterator[int]:
    """The bytes of each segment whose process has ended without clearing up, as one killed has."""
    for lock in shared_memory.glob(f'fast*{_LOCK}'):
        segment = lock.with_name(lock.name.removesuffix(_LOCK))
        if _SEGMENT.fullmatch(segment.name) and not _is_locked(lock):
            try:
                size = segment.stat().st_size
            except OSError:  # it has ended just now
                continue
            yield size


def _room(environ: Mapping[str, str]) -> Finding:
    name = 'room for pictures'
    is_2 = environ.get('ROS_DISTRO') in _WITH_FAST_DDS_2
    variable = dds.VARIABLES[0 if is_2 else 1]
    other = dds.VARIABLES[1 if is_2 else 0]
    remedy = f'export {variable}={share_file(dds.PROFILE)}'
    chosen = {key: environ[key] for key in dds.CHOSEN if environ.get(key) and key != other}
    if not chosen:
        why = (
            'a camera driver started in this shell has the 0.5 MB of shared memory that Fast DDS '
            'gives; larger pictures can be lost in silence (our media node sees to it by itself)'
        )
        return Finding(AREA, name, False, why, remedy)
    profile = chosen.get(variable)
    if profile and not Path(profile).is_file():
        return Finding(AREA, name, False, f'{variable} names {profile}, which is no file', remedy)
    told = ', '.join(f'{key}={value}' for key, value in chosen.items())
    return Finding(AREA, name, True, f'{told}, in this shell')


def _free(shared_memory: Path) -> Finding:
    free = dds.free_bytes(shared_memory)
    remedy = 'clear it up; for a container: --shm-size=256m'
    detail = f'{_mb(free)} free, {_mb(dds.ENOUGH_BYTES)} needed'
    return Finding(AREA, str(shared_memory), free >= dds.ENOUGH_BYTES, detail, remedy)


def _left_behind(shared_memory: Path) -> Finding:
    sizes = list(left_behind(shared_memory))
    detail = f'segments of processes that were killed: {len(sizes)}, {_mb(sum(sizes))}'
    return Finding(
        AREA, 'left in it', not sizes, detail if sizes else 'nothing', 'fastdds shm clean'
    )


def _socket_buffer(size: int) -> Finding:
    detail = _mb(size)
    if size < ENOUGH_FOR_UDP:
        detail += ': little for pictures that come by UDP, as from another machine'
    remedy = 'sudo sysctl -w net.core.rmem_max=2147483647 (docs.ros.org: DDS tuning)'
    return Finding(AREA, 'net.core.rmem_max', size >= ENOUGH_FOR_UDP, detail, remedy)


def _mb(size: int) -> str:
    return f'{size / 2**20:,.1f} MB' if size < 10 * 2**20 else f'{size / 2**20:,.0f} MB'


def _is_locked(path: Path) -> bool:
    try:
        with path.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back as the file is closed
    except OSError:  # also where it is somebody else's, who will know
        return True
    return False
