"""The settings of the nodes around perception: the media source, the overlay and the watcher.

They become ROS parameters; see node_config.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from fer_ros.config import setting


@dataclass(frozen=True)
class MediaConfig:
    """Parameters of the media node."""

    source: str = setting(
        'sample',
        "What is played: 'sample', a camera such as /dev/video0 (with the microphone), or a file "
        'with pictures, sound or both',
    )
    loop: bool = setting(False, 'Play a file again and again')
    rate: float = setting(1.0, 'How many times as fast a file is played', ge=0.1, le=10.0)
    wait: float = setting(
        5.0,
        'How long a file waits at most for listeners before it plays',
        unit='s',
        ge=0.0,
        le=60.0,
    )
    image_transport: str = setting(
        'raw', 'Which kind of image topic is published', choices=('raw', 'compressed')
    )
    jpeg_quality: int = setting(90, 'Quality of compressed images', ge=1, le=100)
    frame_id: str = setting('camera_optical_frame', 'frame_id of the images')
    audio_frame_id: str = setting('microphone', 'frame_id of the sound')
    chunk: float = setting(0.05, 'Length of a message of sound', unit='s', ge=0.01, le=1.0)
    width: int = setting(640, "Width asked of a camera; 0: the camera's choice", unit='px', ge=0)
    height: int = setting(480, "Height asked of a camera; 0: the camera's choice", unit='px', ge=0)
    fps: float = setting(
        30.0, "Picture rate asked of a camera; 0: the camera's choice", unit='Hz', ge=0.0, le=240.0
    )
    microphone: str = setting(
        'default',
        "Microphone beside a camera: 'default', 'none', or part of the name of one",
    )


@dataclass(frozen=True)
class OverlayConfig:
    """Parameters of the overlay node."""

    image_transport: str = setting(
        'raw', 'Which kind of image topic is read', choices=('raw', 'compressed')
    )
    stale_after: float = setting(
        0.8,
        'Age from which a box or an expression is no longer drawn; longer than voice.hop',
        unit='s',
        ge=0.05,
        le=60.0,
        live=True,
    )


@dataclass(frozen=True)
class WatchConfig:
    """Parameters of the watch node."""

    require_person: bool = setting(
        False, 'End with exit code 1 if nobody was recognised in all that time'
    )
