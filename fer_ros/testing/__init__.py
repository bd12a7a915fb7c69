"""The contract of each kind of plugin, as a function that any plugin author can run.

Each takes a ready plugin, tries what the pipeline may do to it, and raises AssertionError with the
reason where it does not keep the contract of protocols.py.
"""

from __future__ import annotations

from fer_ros.testing.backbones import check_audio_backbone, check_face_backbone
from fer_ros.testing.datasets import check_dataset
from fer_ros.testing.detectors import check_face_detector
from fer_ros.testing.fusions import check_fusion
from fer_ros.testing.policies import check_policy
from fer_ros.testing.smoothings import check_smoothing
from fer_ros.testing.voice_activity import check_vad

__all__ = [
    'check_audio_backbone',
    'check_dataset',
    'check_face_backbone',
    'check_face_detector',
    'check_fusion',
    'check_policy',
    'check_smoothing',
    'check_vad',
]
