"""Memory of Fast DDS: room for pictures where they are sent, and nothing kept where they are read.

On one machine Fast DDS hands messages over in shared memory of the sender, 0.5 MB of it.  A larger
message goes through it in pieces; those that find no room are lost and sent again when the reader
has asked for them, and a reader that wants the newest picture only has often given it up by then.

A reader keeps the buffer of each message for the next, as large as the largest that was ever in
it, and has as many as ever waited at once: for sound up to 100.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from fer_ros.resources import share_file

PROFILE = 'config/fastdds.xml'
"""Among the package's files."""
READING_PROFILE = 'config/fastdds_reading.xml'
"""Likewise; with it a reader takes memory for each message, and frees it once it was read."""
SEGMENT_BYTES = 32 * 2**20
"""What a process with the profile takes of the shared memory at once."""
VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
"""Up to Fast DDS 2 (Humble, Jazzy), and from 3 on (Kilted)."""
USE_PROFILE = 'RMW_FASTRTPS_USE_QOS_FROM_XML'
"""Set to 1, the ways to use memory are those of the profile, not those of rmw_fastrtps."""
PUBLICATION_MODE = 'RMW_FASTRTPS_PUBLICATION_MODE'
"""Has no effect any more then."""
CHOSEN = (*VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS')
"""With one of them users decide by what their processes send."""
SHARED_MEMORY = Path('/dev/shm')  # noqa: S108  where Fast DDS has it; nothing is written here
ENOUGH_BYTES = SEGMENT_BYTES * 3 // 2
"""What has to be free, so that something is left for others."""


def make_room_for_pictures(
    environ: MutableMapping[str, str] | None = None, shared_memory: Path = SHARED_MEMORY
) -> bool:
    """Have this process send with the profile; whether it will.

    To be called before ROS is initialised.  Not where the user has chosen a profile or transports,
    nor where too little memory is free: a container has 64 MB of it unless told otherwise.
    """
    environ = os.environ if environ is None else environ
    if any(environ.get(name) for name in CHOSEN) or free_bytes(shared_memory) < ENOUGH_BYTES:
        return False
    environ.update(dict.fromkeys(VARIABLES, str(share_file(PROFILE))))
    return True


def keep_nothing_that_was_read(environ: MutableMapping[str, str] | None = None) -> bool:
    """Have the readers of this process free what they have read; whether they will.

    To be called before ROS is initialised.  Not where the user has chosen a profile, or how to
    publish, which the profile would undo.  PROFILE is no such choice: a shell has it for others.
    """
    environ = os.environ if environ is None else environ
    for_senders = share_file(PROFILE).resolve()
    profiles = [Path(environ[name]).resolve() for name in VARIABLES if environ.get(name)]
    is_chosen = any(environ.get(name) for name in (USE_PROFILE, PUBLICATION_MODE))
    if is_chosen or any(profile != for_senders for profile in profiles):
        return False
    environ.update(dict.fromkeys(VARIABLES, str(share_file(READING_PROFILE))))
    environ[USE_PROFILE] = '1'
    return True


def free_bytes(folder: Path) -> int:
    """What is free in a folder; 0 where there is none."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize
