"""The message types of bags, known without ROS: what rosbags has, hri_msgs and audio_common_msgs.

Two packages are named audio_common_msgs, with different messages of the same names, so there is a
set of types for each of them.
"""

from __future__ import annotations

from functools import cache

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

ROS_DRIVERS = 'ros-drivers'
"""AudioDataStamped, with rate and format in a latched AudioInfo beside it."""
MGONZS13 = 'mgonzs13'
"""AudioStamped, which carries rate and format itself."""
AUDIO_FAMILIES = (ROS_DRIVERS, MGONZS13)

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE = 'sensor_msgs/msg/CompressedImage'
EXPRESSION = 'hri_msgs/msg/Expression'
AUDIO_INFO = 'audio_common_msgs/msg/AudioInfo'
AUDIO = {
    ROS_DRIVERS: 'audio_common_msgs/msg/AudioDataStamped',
    MGONZS13: 'audio_common_msgs/msg/AudioStamped',
}
"""The messages that bring sound, by family."""

_EXPRESSION = """\
std_msgs/Header header
string expression
float32 valence
float32 arousal
float32 confidence
"""
_ROS_DRIVERS = {
    'AudioData': 'uint8[] data\n',
    'AudioDataStamped': 'std_msgs/Header header\nAudioData audio\n',
    'AudioInfo': """\
uint8 channels
uint32 sample_rate
string sample_format
uint32 bitrate
string coding_format
""",
}
_MGONZS13 = {
    'AudioData': """\
float32[] float32_data
int32[] int32_data
int16[] int16_data
int8[] int8_data
uint8[] uint8_data
""",
    'AudioInfo': 'int32 format\nint32 channels\nint32 rate\nint32 chunk\n',
    'Audio': 'AudioData audio_data\nAudioInfo info\n',
    'AudioStamped': 'std_msgs/Header header\nAudio audio\n',
}
_DEFINITIONS = {ROS_DRIVERS: _ROS_DRIVERS, MGONZS13: _MGONZS13}


@cache
def message_types(family: str = ROS_DRIVERS) -> Typestore:
    """All types of messages, with the audio_common_msgs of a family."""
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg(_EXPRESSION, EXPRESSION))
    for name, text in _DEFINITIONS[family].items():
        store.register(get_types_from_msg(text, f'audio_common_msgs/msg/{name}'))
    return store
