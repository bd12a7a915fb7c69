"""Emotion recognition from face and voice for robots, as a ROS 2 package and a plain library."""

import os

__version__ = '0.1.0'

# newer builds of onnxruntime note in the home folder what they run on, and send it to their makers
os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')
