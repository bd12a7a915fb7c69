"""`tools/setup.sh run|test`: the steps in their order; each runs only when its inputs changed."""

from __future__ import annotations

import argparse
import fcntl
import sys
from pathlib import Path

from bootstrap import checks, colcon, packages, ros_from_pypi, venv
from bootstrap.steps import SetupError, Steps

ROOT = Path(__file__).resolve().parents[2]


def set_up(root: Path, purpose: str) -> None:
    """Bring the checkout to where its nodes run (`run`), or its tests too (`test`)."""
    steps = Steps(root)
    system_ros = checks.system_ros_prefix()
    checks.check_machine(system_ros, compiler_needed=not steps.done_before('messages'))
    venv.make(steps, system_ros)
    packages.install(steps, system_ros, purpose)
    if system_ros is None:
        ros_from_pypi.complete(steps)
    colcon.build_messages(steps, system_ros)
    if purpose == 'test':
        colcon.build_other_audio_messages(steps)
    colcon.build_package(steps)
    print(steps.summary(), flush=True)


def main() -> int:
    """Run the set-up; 1 and one line on stderr when something is missing."""
    parser = argparse.ArgumentParser(prog='tools/setup.sh', description=__doc__)
    parser.add_argument('purpose', choices=['run', 'test'], nargs='?', default='test')
    purpose = parser.parse_args().purpose
    work = ROOT / '.ros'
    work.mkdir(exist_ok=True)
    with (work / 'lock').open('w') as lock:
        # two `make` in one checkout: the second waits, and then finds everything done
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(ROOT, purpose)
        except SetupError as error:
            print(f'set-up: {error}', file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print('set-up: interrupted; the next run goes on from here', file=sys.stderr)
            return 130
    return 0


if __name__ == '__main__':
    sys.exit(main())
