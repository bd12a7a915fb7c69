from itertools import pairwise

import numpy as np
import pytest

from fer_ros import plugins
from fer_ros.benchmarks.messages import ENCODINGS, decoder, message_of
from fer_ros.benchmarks.scenes import Clip, Scene, SceneError, read_clip, sound
from fer_ros.config import parse_chosen
from fer_ros.sources import sample_path
from fer_ros.types import NS_PER_S, Frame


@pytest.fixture(scope='module')
def detector():
    return plugins.build('face_detector', parse_chosen('face_detector', {'plugin': 'yunet'}))


@pytest.fixture(scope='module')
def clip(detector):
    return read_clip(sample_path(), detector.detect)


@pytest.mark.parametrize('faces', [1, 3, 16])
@pytest.mark.parametrize('size', [(320, 240), (1280, 720)])
def test_a_detector_finds_as_many_faces_as_there_are(clip, detector, faces, size):
    image = Scene(clip, faces, *size).image(0.4)
    assert image.shape == (size[1], size[0], 3)
    assert len(detector.detect(image)) == faces


def test_faces_move(clip):
    scene = Scene(clip, 2, 320, 240)
    assert not np.array_equal(scene.image(0.0), scene.image(0.2))
    assert np.array_equal(scene.image(0.2), scene.image(0.2))


def test_a_clip_goes_on_for_ever_without_a_jump():
    pictures = [np.full((32, 32, 3), value, np.uint8) for value in (10, 20, 30)]
    clip = Clip(pictures, 1.0, (16.0, 16.0, 10.0, 10.0), np.zeros(4, np.float32), 8000)
    scene = Scene(clip, 1, 32, 32)
    assert [scene.image(t)[0, 0, 0] for t in range(7)] == [10, 20, 30, 20, 10, 20, 30]


def test_the_sample_is_read_from_its_first_face_on(clip):
    assert len(clip.pictures) / clip.fps == pytest.approx(2.0, abs=0.1)
    assert clip.fps == pytest.approx(30.0, rel=0.01)
    assert np.abs(clip.sound[: clip.rate_hz]).max() > 0.1  # the man talks at once


def test_without_a_face_it_says_so():
    with pytest.raises(SceneError, match='no face'):
        read_clip(sample_path(), lambda image: [])


def test_too_many_faces_for_the_picture(clip):
    with pytest.raises(SceneError, match='32x32 is too small for 64 faces'):
        Scene(clip, 64, 32, 32)


def test_sound_has_no_gap_and_repeats(clip):
    length_s = len(clip.sound) / clip.rate_hz
    chunks = list(sound(clip, 5 * NS_PER_S, length_s + 1.0))
    assert chunks[0].stamp_ns == 5 * NS_PER_S
    assert chunks[-1].end_ns >= (6 + length_s) * NS_PER_S
    for one, other in pairwise(chunks):
        assert abs(other.stamp_ns - one.end_ns) <= 1
    heard = np.concatenate([chunk.samples for chunk in chunks])
    assert np.array_equal(heard[: len(clip.sound)], clip.sound)
    again = heard[len(clip.sound) :]
    assert np.array_equal(again, clip.sound[: len(again)])


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_messages_are_decoded_to_the_picture_they_were_made_of(encoding):
    ramp = np.linspace(40, 200, 64).astype(np.uint8)
    image = np.repeat(np.tile(ramp, (48, 1))[..., None], 3, axis=2)
    frame = decoder(encoding)(message_of(Frame(7_000_000_001, 'eye', image), encoding))
    assert (frame.stamp_ns, frame.frame_id) == (7_000_000_001, 'eye')
    assert frame.image.shape == image.shape
    assert np.abs(frame.image.astype(int) - image).max() <= 4
