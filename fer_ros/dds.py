"""Room for pictures in Fast DDS, for processes that send them.

On one machine Fast DDS hands messages over in shared memory of the sender, 0.5 MB of it.  A larger
message goes through it in pieces; those that find no room are lost and sent again when the reader
has asked for them, and a reader that wants the newest picture only has often given it up by then.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from fer_ros.resources import share_file

PROFILE = 'config/fastdds.xml'
"""Among the package's files."""
SEGMENT_BYTES = 32 * 2**20
"""What a process with the profile takes of the shared memory at once."""
VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
"""Up to Fast DDS 2 (Humble, Jazzy), and from 3 on (Kilted)."""
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


def free_bytes(folder: Path) -> int:
    """What is free in a folder; 0 where there is none."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize
