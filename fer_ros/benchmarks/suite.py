"""The benchmarks that `make bench` runs: how fast this machine is, whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One run of `fer-ros bench`."""

    words: tuple[str, ...]
    """After `fer-ros bench`."""
    needs_peer: bool = False
    """Only where an interpreter with other packages is given."""


_FACES = ('--faces', '1,2,4,8,16')
_SIZES = ('--size', '320x240,640x480,1280x720,1920x1080')
_RATES = ('--fps', '10,30,60')

SUITE = {
    'pipeline': Entry(('pipeline', '--seconds', '20')),
    'peers': Entry(('pipeline', '--summary', '--peer', 'fer,fer-mtcnn'), needs_peer=True),
    'faces': Entry(('pipeline', '--summary', *_FACES)),
    'sizes': Entry(('pipeline', '--summary', *_SIZES)),
    'encodings': Entry(('pipeline', '--summary', '--encoding', 'rgb8,bgr8,yuyv,jpeg')),
    'rates': Entry(('pipeline', '--summary', *_RATES)),
    'sixteen': Entry(('pipeline', '--faces', '16')),
    'node': Entry(('node', '--seconds', '20')),
    'node_faces': Entry(('node', '--faces', '4,16')),
    'node_sizes': Entry(('node', '--size', '320x240,1280x720,1920x1080')),
    'node_rates': Entry(('node', '--fps', '10,60')),
    'node_fast': Entry(('node', '--size', '1280x720', '--fps', '60')),
    'node_default_dds': Entry(
        ('node', '--size', '640x480,1280x720,1920x1080', '--dds', 'default')
    ),
}
"""Name of the files -> what is run."""
