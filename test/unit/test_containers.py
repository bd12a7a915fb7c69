"""Media files that are not what they seem."""

import io
import struct
import wave
from fractions import Fraction

import av
import av.error
import numpy as np
import pytest

from fer_ros import containers
from fer_ros.containers import FORMATS, open_container
from fer_ros.data import audio_files
from fer_ros.sources import MediaError, open_media, sample_path

PLAYLIST = """#EXTM3U
#EXT-X-TARGETDURATION:9
#EXTINF:9,
{}
#EXT-X-ENDLIST
"""
CONCAT = "ffconcat version 1.0\nfile '{}'\n"
SDP = 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n'


def wav(rate_hz, count=16000, channels=1):
    out = io.BytesIO()
    with wave.open(out, 'wb') as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(2 * channels * count))
    return out.getvalue()


@pytest.mark.parametrize('text', [PLAYLIST, CONCAT, SDP])
@pytest.mark.parametrize('suffix', ['.mp4', '.m3u8', '.ts', '.wav'])
def test_a_playlist_opens_no_other_file(text, suffix, tmp_path):
    path = tmp_path / f'clip{suffix}'
    path.write_text(text.format(sample_path()))
    with pytest.raises(MediaError, match='cannot be read'):
        open_media(path)


def test_every_format_is_one_of_ffmpeg():
    known = {part for name in av.formats_available for part in name.split(',')}
    assert set(FORMATS) <= known
    assert not {'hls', 'concat', 'dash', 'sdp', 'image2', 'lavfi', 'rtsp', 'tty'} & set(FORMATS)


def test_pictures_of_a_video_have_a_largest_size(monkeypatch, tmp_path):
    with open_container(sample_path()) as container:
        assert next(container.decode(video=0)).width > 100
    monkeypatch.setattr(containers, 'MAX_PIXELS', 100)
    path = tmp_path / 'silent.mkv'
    with av.open(str(path), 'w') as container:
        video = container.add_stream('mpeg4', rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, 'yuv420p'
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format='rgb24')
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with pytest.raises(MediaError, match='nothing in it can be decoded'):
        list(open_media(path))


@pytest.mark.parametrize('rate_hz', [1, 3999, 384001, 2**30])
def test_sound_of_an_impossible_rate_is_refused(rate_hz, tmp_path):
    """A second of it would become hours at another rate."""
    path = tmp_path / 'clip.wav'
    path.write_bytes(wav(rate_hz))
    with pytest.raises(MediaError, match=f'sound of {rate_hz} Hz is outside'):
        list(open_media(path))
    with pytest.raises(audio_files.AudioFilesError):
        audio_files.decode(path.read_bytes(), 16000)


def test_a_header_that_lies_of_its_length_gives_what_is_there(tmp_path):
    content = bytearray(wav(16000, count=8000))
    struct.pack_into('<I', content, 4, 0xFFFFFFF0)
    struct.pack_into('<I', content, 40, 0xFFFFFF00)
    path = tmp_path / 'clip.wav'
    path.write_bytes(content)
    assert sum(len(chunk.samples) for chunk in open_media(path)) == 8000
    assert len(audio_files.decode(bytes(content), 16000)) == 8000


def test_a_flac_that_promises_hours_takes_no_memory():
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, np.zeros(16000, np.float32), 16000, format='FLAC')
    content = bytearray(out.getvalue())
    content[21] |= 0x0F  # the 36 bits of STREAMINFO that count samples
    content[22:26] = b'\xff\xff\xff\xff'
    with pytest.raises(audio_files.AudioFilesError, match='at most 268435456'):
        audio_files.decode(bytes(content), 16000)
