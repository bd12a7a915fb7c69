# Sourced, not run: puts .venv and the ROS 2 below this workspace on the paths. Users source ../setup.bash.
_fer_ros_underlay() {
  local venv prefix
  venv=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv
  if [ ! -x "$venv/bin/python" ]; then
    echo "fer_ros: not set up yet; run 'make setup' first" >&2
    return 1
  fi
  export VIRTUAL_ENV=$venv
  _fer_ros_prepend PATH "$venv/bin"
  if [ ! -e "$venv/share/rclpy/package.xml" ]; then
    [ -n "${ROS_DISTRO:-}" ] && return 0
    echo "fer_ros: this checkout was set up with a ROS 2 of the system; source that first" \
      "(source /opt/ros/<distro>/setup.bash)" >&2
    return 1
  fi
  export ROS_DISTRO=jazzy ROS_VERSION=2 ROS_PYTHON_VERSION=3
  _fer_ros_prepend AMENT_PREFIX_PATH "$venv"
  for prefix in "$venv"/lib/python3.*/site-packages/ros_*.libs "$venv/lib"; do
    _fer_ros_prepend LD_LIBRARY_PATH "$prefix"
  done
  # the wheels restart every Python to set LD_LIBRARY_PATH, and lose its order; it is set here, so they need not
  export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
}

_fer_ros_prepend() { # NAME VALUE: once only, however often this is sourced
  case ":${!1:-}:" in
    *":$2:"*) ;;
    *) export "$1=$2${!1:+:${!1}}" ;;
  esac
}

_fer_ros_underlay
