"""Messages -> samples, by reading fields only, so that live topics and bags decode alike.

A message is anything with the fields of its ROS type.  Whatever is wrong with one is a
DecodeError that names the field, its value and what is allowed; nothing else is raised.
"""

from fer_ros.decode.audio import decode_audio
from fer_ros.decode.fields import DecodeError
from fer_ros.decode.image import decode_compressed_image, decode_image

__all__ = ['DecodeError', 'decode_audio', 'decode_compressed_image', 'decode_image']
