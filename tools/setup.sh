#!/usr/bin/env bash
# The one way to set up a checkout: tools/setup.sh run|test. Finds a Python that can do it; the steps are in
# tools/bootstrap. `run` is what the nodes need, `test` adds what the tests and the training need.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

candidates=(python3.11 python3.12 python3.13 python3)
# ROS 2 that is sourced already is bound to the one Python it was built for
[ -n "${ROS_DISTRO:-}" ] && candidates=(python3 "${candidates[@]}")
[ -n "${PYTHON:-}" ] && candidates=("$PYTHON")

for python in "${candidates[@]}"; do
  if command -v "$python" >/dev/null &&
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" \
      exec "$python" -m bootstrap "${1:-test}"
  fi
done
echo "set-up: needs Python 3.11, 3.12 or 3.13 (tried: ${candidates[*]});" \
  'install python3.11 and python3.11-venv, or name one with PYTHON=/path/to/python' >&2
exit 1
