"""Files of every sort come out as frames and sound with their true times."""

from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from fer_ros import sources
from fer_ros.sources import MediaError, open_media, sample_path
from fer_ros.types import NS_PER_S, AudioChunk, Frame

WIDTH, HEIGHT = 64, 48


def grey(level):
    return np.full((HEIGHT, WIDTH, 3), level, dtype=np.uint8)


def write_media(path, pts_ms=(), sound=None, rate_hz=16000, sound_at_s=0.0, codec='aac'):
    """Frames at the given times whose brightness counts up, and sound; pictures first."""
    with av.open(str(path), 'w') as container:
        if len(pts_ms):
            video = container.add_stream('mpeg4', rate=25)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, 'yuv420p'
            video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        if sound is not None:
            layout = {1: 'mono', 2: 'stereo'}[len(sound)]
            audio = container.add_stream(codec, rate=rate_hz, layout=layout)
        for number, pts in enumerate(pts_ms):
            frame = av.VideoFrame.from_ndarray(grey(10 * (number % 25)), format='rgb24')
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(video.encode(frame))
        if len(pts_ms):
            container.mux(video.encode(None))
        if sound is not None:
            spoken = av.AudioFrame.from_ndarray(sound, format='fltp', layout=layout)
            spoken.sample_rate, spoken.time_base = rate_hz, Fraction(1, rate_hz)
            spoken.pts = round(sound_at_s * rate_hz)
            resampler = av.AudioResampler(format=audio.format)
            for converted in resampler.resample(spoken):
                container.mux(audio.encode(converted))
            container.mux(audio.encode(None))
    return path


def tone(seconds, rate_hz=16000, level=0.5):
    return level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz)


def split(samples):
    samples = list(samples)
    return (
        [sample for sample in samples if isinstance(sample, Frame)],
        [sample for sample in samples if isinstance(sample, AudioChunk)],
    )


def joined(chunks):
    return np.concatenate([chunk.samples for chunk in chunks])


def test_a_varying_frame_rate_is_kept(tmp_path):
    pts_ms = [0, 40, 90, 300, 1000, 1020]
    frames, chunks = split(open_media(write_media(tmp_path / 'v.mkv', pts_ms)))

    assert [frame.stamp_ns for frame in frames] == [pts * 1_000_000 for pts in pts_ms]
    assert [round(float(frame.image.mean()) / 10) for frame in frames] == list(range(6))
    assert chunks == []
    assert not frames[0].image.flags.writeable


def test_pictures_and_sound_are_merged_however_far_apart_they_lie(tmp_path):
    pts_ms = list(range(0, 12000, 40))
    path = write_media(tmp_path / 'c.mkv', pts_ms, tone(12.0)[None].astype(np.float32))

    samples = list(open_media(path))

    stamps = [sample.stamp_ns for sample in samples]
    assert stamps == sorted(stamps)
    frames, chunks = split(samples)
    assert len(frames) == 300
    assert chunks[-1].end_ns == pytest.approx(12 * NS_PER_S, abs=0.1 * NS_PER_S)


def test_sound_that_begins_later_does_so_here(tmp_path):
    sound = tone(1.0)[None].astype(np.float32)
    path = write_media(tmp_path / 'c.mkv', [0, 2500], sound, sound_at_s=1.5)
    _, chunks = split(open_media(path))
    assert chunks[0].stamp_ns == pytest.approx(1.5 * NS_PER_S, abs=0.1 * NS_PER_S)


def test_the_start_is_added_to_every_stamp(tmp_path):
    path = write_media(tmp_path / 'c.mkv', [0, 40], tone(0.2)[None].astype(np.float32))
    plain = [sample.stamp_ns for sample in open_media(path)]
    moved = [sample.stamp_ns for sample in open_media(path, 7 * NS_PER_S)]
    assert moved == [stamp + 7 * NS_PER_S for stamp in plain]


@pytest.mark.parametrize('codec', ['pcm_s16le', 'pcm_s24le', 'pcm_u8', 'pcm_f32le', 'pcm_f64le'])
def test_wave_files_of_any_format_come_out_as_written(tmp_path, codec):
    sound = tone(0.3, 8000)
    path = write_media(tmp_path / 's.wav', (), sound[None].astype(np.float32), 8000, codec=codec)

    frames, chunks = split(open_media(path))

    assert frames == []
    assert {chunk.rate_hz for chunk in chunks} == {8000}
    assert joined(chunks) == pytest.approx(sound, abs=0.01 if codec == 'pcm_u8' else 1e-3)
    assert joined(chunks).dtype == np.float32
    for before, after in pairwise(chunks):
        assert abs(after.stamp_ns - before.end_ns) <= 1


def test_channels_are_averaged(tmp_path):
    sound = np.stack([tone(0.2, level=0.8), tone(0.2, level=0.2)]).astype(np.float32)
    path = write_media(tmp_path / 's.wav', (), sound, codec='pcm_s16le')
    _, chunks = split(open_media(path))
    assert joined(chunks) == pytest.approx(sound.mean(axis=0), abs=1e-3)


def test_samples_that_are_not_numbers_become_silence_and_loud_ones_are_clipped(tmp_path):
    sound = np.array([[0.5, np.nan, np.inf, -np.inf, 3.0]], dtype=np.float32)
    path = write_media(tmp_path / 's.wav', (), sound, codec='pcm_f32le')
    _, chunks = split(open_media(path))
    assert joined(chunks).tolist() == [0.5, 0.0, 1.0, -1.0, 1.0]


def test_a_picture_is_one_frame_in_rgb(tmp_path):
    picture = np.zeros((4, 6, 3), dtype=np.uint8)
    picture[..., 0] = 200
    path = tmp_path / 'red.png'
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    (frame,) = open_media(path, 5)

    assert frame.stamp_ns == 5
    assert frame.image.tolist() == picture.tolist()


def test_a_clip_filmed_sideways_is_turned_upright(tmp_path):
    path = write_media(tmp_path / 'v.mp4', [0, 40])
    # the matrix of the track's header (ISO 14496-12, tkhd) says: turn by 90 degrees clockwise
    content = bytearray(path.read_bytes())
    matrix = content.index(b'tkhd') + 4 + 40
    one = 1 << 16
    turned = (0, one, 0, -one, 0, 0, HEIGHT * one, 0, 1 << 30)
    content[matrix : matrix + 36] = b''.join(n.to_bytes(4, 'big', signed=True) for n in turned)
    path.write_bytes(content)

    frames, _ = split(open_media(path))

    assert frames[0].image.shape == (WIDTH, HEIGHT, 3)
    with av.open(str(path)) as container:
        raw = next(container.decode(video=0)).to_ndarray(format='rgb24')
    assert np.array_equal(frames[0].image, np.rot90(raw, -1))


def test_a_broken_stretch_is_left_out(tmp_path):
    path = write_media(tmp_path / 'v.mkv', list(range(0, 4000, 40)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = b'\xff' * 400
    path.write_bytes(content)

    frames, _ = split(open_media(path))

    assert 40 <= len(frames) <= 100


@pytest.mark.parametrize(
    ('name', 'content', 'reason'),
    [
        ('clip.mp4', b'', 'cannot be read'),
        ('clip.mp4', b'\0\0\0\x18ftypmp42' + b'\0' * 200, 'cannot be read'),
        ('notes.txt', b'no pictures here', 'cannot be read'),
        ('picture.jpg', b'\xff\xd8\xff\xe0\0\x10JFIF', 'cannot be decoded'),
    ],
)
def test_what_is_not_media_is_one_clear_error(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match=rf'{name}: .*{reason}'):
        open_media(path)


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    for path, reason in ((tmp_path / 'absent.mp4', 'no such file'), (tmp_path, 'a folder')):
        with pytest.raises(MediaError, match=reason):
            open_media(path)


def test_a_clip_without_one_readable_packet_is_an_error(tmp_path):
    path = write_media(tmp_path / 's.flac', (), tone(0.1)[None].astype(np.float32), codec='flac')
    content = path.read_bytes()
    start = content.index(b'\xff\xf8')  # the first frame's sync code
    path.write_bytes(content[:start] + b'\0' * (len(content) - start))
    with pytest.raises(MediaError, match='nothing in it can be decoded'):
        list(open_media(path))


def test_the_bundled_sample_has_a_face_and_a_voice_between_two_empty_stretches():
    frames, chunks = split(open_media(sample_path()))
    sound, rate_hz = joined(chunks), chunks[0].rate_hz

    assert 15 < frames[-1].stamp_ns / NS_PER_S < 20
    assert chunks[-1].end_ns == pytest.approx(frames[-1].stamp_ns, abs=0.2 * NS_PER_S)
    assert np.abs(sound[: round(0.9 * rate_hz)]).max() < 0.01
    assert np.abs(sound[-rate_hz:]).max() < 0.01
    assert np.sqrt(np.mean(sound**2)) > 0.03
    assert sample_path().stat().st_size < 1_000_000


def test_a_sample_that_was_not_installed_is_named(monkeypatch):
    def absent(relative):
        raise FileNotFoundError(f'{relative} is not in /nowhere')

    monkeypatch.setattr(sources, 'share_file', absent)
    with pytest.raises(MediaError, match=r'samples/sample\.mp4 is not in /nowhere'):
        sample_path()


@pytest.mark.data
def test_a_real_clip_keeps_its_late_sound(data_folder):
    frames, chunks = split(open_media(data_folder / 'samples' / 'face_noface.mov'))
    assert len(frames) == 169
    assert chunks[0].stamp_ns == pytest.approx(2.43 * NS_PER_S, abs=0.01 * NS_PER_S)
    assert frames[-1].stamp_ns == pytest.approx(chunks[-1].end_ns, abs=0.1 * NS_PER_S)
