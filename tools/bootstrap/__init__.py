"""Set-up of a checkout: the environment, ROS 2 where there is none, the messages, this package.

Standard library only, as it runs before anything is installed. Never imported by fer_ros.
"""
