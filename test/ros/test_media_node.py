"""The media node in a process of its own, and what arrives of a clip."""

from __future__ import annotations

import os
import signal

import cv2
import numpy as np
import pytest
from clips import FPS, HEIGHT, RATE_HZ, WIDTH, write_clip
from ros_graph import (
    AudioDataStamped,
    AudioInfo,
    CompressedImage,
    Image,
    qos,
    stamp_ns,
    wait_until,
)

from fer_ros.types import NS_PER_S

EVENT_S = 0.5
"""When the clip turns bright and loud."""
LENGTH_S = 1.5
FRAMES = round(LENGTH_S * FPS)
FRAME_NS = NS_PER_S / FPS
DEPTH = 200


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """Dark and silent, then bright and loud at the same moment."""
    return write_clip(
        tmp_path_factory.mktemp('clips') / 'clip.mov',
        LENGTH_S,
        lambda time: (200, 200, 200) if time >= EVENT_S else (0, 0, 0),
        lambda time: 0.8 if time >= EVENT_S else 0.0,
    )


def stamps_of(messages):
    return np.array([stamp_ns(message) for message in messages])


def samples_of(sound, rate_hz):
    """The time of each sample in ns, and the samples in [-1, 1]."""
    parts = [np.frombuffer(message.audio.data, '<i2') / 32768 for message in sound]
    times = [
        stamp_ns(message) + np.arange(len(part)) * NS_PER_S / rate_hz
        for message, part in zip(sound, parts, strict=True)
    ]
    return np.concatenate(times), np.concatenate(parts)


@pytest.mark.parametrize('rate', [1.0, 2.0])
def test_a_clip_plays_in_its_own_time_with_one_origin_for_picture_and_sound(graph, clip, rate):
    images = graph.listen(Image, 'image', DEPTH)
    sound = graph.listen(AudioDataStamped, 'audio', DEPTH)
    info = graph.listen(AudioInfo, 'audio_info', qos.LATCHED)
    media = graph.start_node('media', {'source': clip, 'rate': rate})
    assert media.wait() == 0, media.output
    wait_until(lambda: len(images) == FRAMES, 'all pictures')

    assert np.diff(stamps_of(images)) == pytest.approx(FRAME_NS / rate, abs=2000)
    assert {message.header.frame_id for message in images} == {'camera_optical_frame'}
    late_ns = images.arrived_ns - stamps_of(images)
    assert min(late_ns) >= 0, 'a picture from the future'
    assert np.median(late_ns) < 0.2 * NS_PER_S

    rate_hz = info[0].sample_rate
    assert (rate_hz, info[0].coding_format) == (RATE_HZ * rate, 'wave')
    whole = LENGTH_S * RATE_HZ
    wait_until(lambda: len(samples_of(sound, rate_hz)[1]) >= whole, 'all sound')
    times, samples = samples_of(sound, rate_hz)
    assert len(samples) == whole
    assert np.diff(times) == pytest.approx(NS_PER_S / rate_hz, abs=2000)
    ends_ns = stamps_of(sound) + np.array([len(m.audio.data) / 2 / rate_hz for m in sound]) * 1e9
    assert min(sound.arrived_ns - ends_ns) >= 0, 'sound from the future'

    bright = next(stamp_ns(m) for m in images if np.frombuffer(m.data, np.uint8).mean() > 99)
    loud = times[np.abs(samples) > 0.1][0]
    assert abs(loud - bright) < 0.002 * NS_PER_S


def test_a_loop_goes_on_without_a_seam_until_it_is_interrupted(graph, clip):
    images = graph.listen(Image, 'image', DEPTH)
    sound = graph.listen(AudioDataStamped, 'audio', DEPTH)
    media = graph.start_node('media', {'source': clip, 'rate': 2.0, 'loop': True})
    wait_until(lambda: len(images) > 2.5 * FRAMES, 'the clip a third time')
    assert media.interrupt() == 0
    assert 'Traceback' not in media.output
    # a picture that a busy machine could not send in time is left out, and never sent late
    steps = np.diff(stamps_of(images)) / (FRAME_NS / 2)
    assert steps == pytest.approx(np.round(steps), abs=0.001)
    assert steps.min() > 0.5
    assert np.median(steps) == pytest.approx(1, abs=0.001)
    times, _ = samples_of(sound, 2 * RATE_HZ)
    assert np.diff(times) == pytest.approx(NS_PER_S / RATE_HZ / 2, abs=2000)


def test_sigterm_ends_it_as_cleanly(graph, clip):
    images = graph.listen(Image, 'image', DEPTH)
    media = graph.start_node('media', {'source': clip, 'loop': True, 'wait': 1.0})
    wait_until(lambda: images, 'a picture')
    media.signal(signal.SIGTERM)
    assert media.wait() == 0
    assert 'Traceback' not in media.output


def test_pictures_can_be_compressed(graph, clip):
    images = graph.listen(CompressedImage, 'image/compressed', DEPTH)
    media = graph.start_node(
        'media', {'source': clip, 'image_transport': 'compressed', 'wait': 2.0}
    )
    wait_until(lambda: images, 'a picture')
    assert media.wait() == 0
    picture = cv2.imdecode(np.frombuffer(images[-1].data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.mean() == pytest.approx(200, abs=5)


@pytest.mark.parametrize(
    ('parameters', 'said'),
    [
        ({'source': '/no/such/file.mp4'}, '/no/such/file.mp4'),
        ({'source': __file__}, __file__),
        ({'source': os.devnull}, os.devnull),
        ({'rate': 100.0}, 'rate'),
        ({'sorce': 'sample'}, 'unknown parameters sorce (is it source?)'),
    ],
    ids=['missing', 'not media', 'no camera', 'out of range', 'misspelt'],
)
def test_what_cannot_be_played_is_said_in_a_line_and_ends_with_1(graph, parameters, said):
    media = graph.start_node('media', parameters)
    assert media.wait() == 1
    fatal = [line for line in media.output.splitlines() if 'FATAL' in line]
    assert len(fatal) == 1
    assert said in media.output
    assert 'Traceback' not in media.output
