#!/usr/bin/env bash
# Asks a service of known vulnerabilities about each version that the package and its extras were tried with.
# Needs pip-audit (`pip install pip-audit`, into an environment of its own if you like) and the internet.
# A package that the service could not be asked about is a failure too: nothing was learned of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v pip-audit >/dev/null; then
  echo 'pip-audit is not there: pip install pip-audit' >&2
  exit 2
fi
lists=tools/requirements
wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
# the compiled ROS of PyPI is for development only, and its packages are in no such service
grep -hvE '^(#|ros-|$)' "$lists/constraints.txt" > "$wanted"
pip-audit --strict --no-deps --disable-pip --requirement "$wanted" "$@"
