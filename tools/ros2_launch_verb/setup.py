"""The `ros2 launch` verb for the ROS 2 from PyPI, which comes without package ros2launch."""

from setuptools import setup

setup(
    name='fer_ros_launch_verb',
    version='0.1.0',
    description='ros2cli extension that gives `ros2 launch` where ros2launch is absent',
    license='Apache-2.0',
    py_modules=['fer_ros_launch_verb'],
    entry_points={'ros2cli.command': ['launch = fer_ros_launch_verb:LaunchCommand']},
)
