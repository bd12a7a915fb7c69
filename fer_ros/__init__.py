"""Emotion recognition from face and voice for robots, as a ROS 2 package and a plain library."""

__version__ = '0.1.0'
