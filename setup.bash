# source setup.bash: a shell in which ros2 launch / run / topic / node / param and fer-ros work.
# Made by `make setup`: ROS 2 (the system's if it is sourced, else the one in .venv), the messages, this package.
_fer_ros_root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ ! -e "$_fer_ros_root/.ros/stamps/fer_ros" ]; then
  echo "fer_ros: not set up yet; run 'make setup' in $_fer_ros_root first" >&2
  return 1
fi
source "$_fer_ros_root/tools/underlay.bash" || return 1
for _fer_ros_file in "$_fer_ros_root/.ros/messages/local_setup.bash" "$_fer_ros_root/install/local_setup.bash"; do
  [ ! -e "$_fer_ros_file" ] || source "$_fer_ros_file"
done
unset _fer_ros_root _fer_ros_file
