"""Runs a launch file in a LaunchService, as any `ros2 launch` does; its exit code is the result.

usage: run_launch.py FILE [name:=value …]
"""

import sys

from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource

path, *texts = sys.argv[1:]
arguments = [tuple(text.split(':=', 1)) for text in texts]
service = LaunchService(argv=texts, noninteractive=True)
service.include_launch_description(
    LaunchDescription(
        [IncludeLaunchDescription(AnyLaunchDescriptionSource(path), launch_arguments=arguments)]
    )
)
sys.exit(service.run())
